// The README's tables of rights, the rendered pod and roles, and OpenShift's constraints: all three say the same.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { CHART, objectsIn, render, renderObjects } from "./helm.ts";
import { agentPod, only } from "./pod-spec.ts";
import { rightsIn } from "./rights.ts";
import { VALUES_FILES } from "./values-files.ts";

interface Row {
  readonly right: string;
  /** A value as YAML, `path.to.value: …`; null where there is none. */
  readonly value: string | null;
}

const readme = readFileSync(join(CHART, "README.md"), "utf8");

/** Rows of the table behind a comment. */
function rows(comment: string): Row[] {
  const [, table = ""] = readme.split(`<!-- ${comment} -->\n\n`)[1]?.match(/^([\s\S]*?)\n\n/) ?? [];
  const code = (cell = ""): string | null => /`([^`]*)`/.exec(cell)?.[1] ?? null;
  return table
    .split("\n")
    .slice(2)
    .map((row) => row.split("|"))
    .map((cells) => ({ right: code(cells[2]) ?? "", value: code(cells[4]) }));
}

/** `a.b: c` as values. */
function valuesOf(text: string): object {
  const [[path = "", value] = []] = Object.entries(parse(text) as Record<string, unknown>);
  return path.split(".").reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object;
}

const byDefault = rows("rights by default");
const onRequest = rows("rights on request");

test("the table has exactly the rights of a default install", async () => {
  assert.deepEqual(byDefault.map(({ right }) => right).toSorted(), rightsIn(await renderObjects()));
});

for (const { right, value } of byDefault.filter((row) => row.value !== null)) {
  test(`${value} takes ${right} away, and gives no other`, async () => {
    const standard = rightsIn(await renderObjects());
    const without = rightsIn(await renderObjects({ values: valuesOf(value ?? "") }));
    assert.ok(!without.includes(right));
    assert.deepEqual(
      without.filter((each) => !standard.includes(each)),
      [],
    );
  });
}

test("each value on request gives the rights of its rows, and no other", async () => {
  const standard = rightsIn(await renderObjects());
  for (const value of new Set(onRequest.map((row) => row.value ?? ""))) {
    const given = rightsIn(await renderObjects({ values: valuesOf(value) })).filter((each) => !standard.includes(each));
    const rowsOfValue = onRequest.filter((row) => row.value === value);
    assert.deepEqual(given, rowsOfValue.map(({ right }) => right).toSorted(), value);
  }
});

test("nothing that comes with the chart is given more than the tables have", async () => {
  const listed = new Set([...byDefault, ...onRequest].map(({ right }) => right));
  const known = (right: string): boolean =>
    listed.has(right) || /^(hostPort \d+|root \(sensor\)|capability NET_RAW \(agent\))$/.test(right);
  for (const { name, path } of VALUES_FILES) {
    assert.deepEqual(
      rightsIn(objectsIn(await render({ files: [path] }))).filter((right) => !known(right)),
      [],
      name,
    );
  }
});

test("OpenShift's constraints allow what the pod asks for, and nothing else", async () => {
  for (const { name, path } of VALUES_FILES) {
    const objects = await renderObjects({ files: [path], values: { openshift: { scc: { create: true } } } });
    const { apiVersion, kind, metadata, ...scc } = only(objects, "SecurityContextConstraints");
    const pod = agentPod(objects);
    const contexts = pod.containers.map(({ securityContext }) => securityContext);
    const hasRoot = contexts.some(({ runAsNonRoot }) => !runAsNonRoot);
    const kinds = pod.volumes.flatMap(({ name: _, ...source }) => Object.keys(source));
    const { namespace } = only(objects, "DaemonSet").metadata;
    assert.deepEqual(
      scc,
      {
        users: [`system:serviceaccount:${namespace}:${pod.serviceAccountName}`],
        groups: [],
        allowHostNetwork: pod.hostNetwork,
        allowHostPorts: pod.containers.some(({ ports = [] }) => ports.length > 0),
        allowHostDirVolumePlugin: false,
        allowHostIPC: false,
        allowHostPID: false,
        allowPrivilegedContainer: false,
        allowPrivilegeEscalation: contexts.some(({ allowPrivilegeEscalation }) => allowPrivilegeEscalation),
        defaultAllowPrivilegeEscalation: false,
        allowedCapabilities: [...new Set(contexts.flatMap(({ capabilities }) => capabilities.add ?? []))],
        defaultAddCapabilities: [],
        requiredDropCapabilities: [...new Set(contexts.flatMap(({ capabilities }) => capabilities.drop))],
        readOnlyRootFilesystem: contexts.every(({ readOnlyRootFilesystem }) => readOnlyRootFilesystem),
        runAsUser: { type: hasRoot ? "RunAsAny" : "MustRunAsNonRoot" },
        seLinuxContext: { type: "MustRunAs" },
        fsGroup: { type: "MustRunAs", ranges: [{ min: 65532, max: 65532 }] },
        supplementalGroups: { type: "RunAsAny" },
        seccompProfiles: ["runtime/default"],
        volumes: [...new Set(kinds)].toSorted(),
      },
      name,
    );
  }
});
