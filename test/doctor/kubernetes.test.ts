// The check of the Kubernetes API, against a server with responses that the test defines.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Finding } from "../../src/doctor/finding.ts";
import { checkClock, checkKubernetes } from "../../src/doctor/kubernetes.ts";
import { WATCHED_KINDS } from "../../src/kubernetes/objects/watched-kinds.ts";
import { type ApiReply, json, kubeconfigOf, refuse, startOddApi } from "../kubernetes/client/support/odd-api.ts";

const BOUND = { timeout: 60_000 };

/** An API server that allows every request, has the node `here`, and a correct clock. */
const HEALTHY: ApiReply = (path, response) => {
  if (path === "/version") json(response, 200, { gitVersion: "v1.34.4" });
  else if (path.startsWith("/api/v1/nodes/")) {
    if (path === "/api/v1/nodes/here") json(response, 200, { kind: "Node" });
    else refuse(response, 404);
  } else json(response, 200, { items: [], metadata: { resourceVersion: "1" } });
};

async function findings(t: TestContext, answer: ApiReply, env: Record<string, string> = { NODE_NAME: "here" }) {
  const found: Finding[] = [];
  const api = await startOddApi(t, answer);
  for await (const finding of checkKubernetes(kubeconfigOf(t, api), env)) found.push(finding);
  return found;
}

function of(found: readonly Finding[], check: string): string[] {
  return found.filter((finding) => finding.check === check).map(({ status, text }) => `${status}: ${text}`);
}

const isWatch = (path: string) => path.includes("watch=true");

test("an API server that allows every request passes all checks", BOUND, async (t) => {
  const found = await findings(t, HEALTHY);
  assert.deepEqual(
    found.map(({ status, check }) => `${status} ${check}`),
    ["ok Kubernetes", "ok clock", "ok rights", "ok node"],
  );
  assert.match(of(found, "Kubernetes")[0] ?? "", /v1\.34\.4 answers at http:/);
  for (const { resource } of WATCHED_KINDS) assert.ok(of(found, "rights")[0]?.includes(resource), resource);
});

for (const [missing, isRefused, verbs] of [
  ["to watch", (path: string) => isWatch(path), "watch"],
  ["to list", (path: string) => !isWatch(path), "list"],
  ["both", () => true, "list and watch"],
] as const) {
  test(`the missing right to a kind is named, and no other: ${missing}`, BOUND, async (t) => {
    const found = await findings(t, (path, response) => {
      if (path.startsWith("/api/v1/services?") && isRefused(path)) refuse(response, 403, "no");
      else HEALTHY(path, response);
    });
    const [line = "", ...others] = of(found, "rights");
    assert.deepEqual(others, []);
    assert.ok(
      line.includes(`forbids this user to ${verbs} services: allow ${verbs} on services in the ClusterRole`),
      line,
    );
    assert.match(line, /^warning/);
  });
}

test("both rights to each kind are tried", BOUND, async (t) => {
  const asked: string[] = [];
  await findings(t, (path, response) => {
    asked.push(path);
    HEALTHY(path, response);
  });
  for (const { path } of WATCHED_KINDS) {
    const ofKind = asked.filter((each) => each.startsWith(`${path}?`));
    assert.deepEqual(ofKind.map(isWatch).toSorted(), [false, true], path);
  }
});

test("a node outside the cluster fails if NODE_NAME is set, and is a warning otherwise", BOUND, async (t) => {
  assert.match(
    of(await findings(t, HEALTHY, { NODE_NAME: "gone" }), "node")[0] ?? "",
    /^failed: NODE_NAME gone is not in the cluster; set NODE_NAME/,
  );
  assert.match(of(await findings(t, HEALTHY, {}), "node")[0] ?? "", /^warning: NODE_NAME is not set, .*reported twice/);
});

test("without the right to get nodes the node cannot be checked", BOUND, async (t) => {
  const found = await findings(t, (path, response) =>
    path.startsWith("/api/v1/nodes/") ? refuse(response, 403) : HEALTHY(path, response),
  );
  assert.match(of(found, "node")[0] ?? "", /^warning: .*forbids this user to get nodes, so here cannot be checked/);
});

test("an unreachable API server, and rejected credentials, fail with a fix", BOUND, async (t) => {
  const unreachable = await findings(t, (_, response) => response.destroy());
  assert.match(
    of(unreachable, "Kubernetes")[0] ?? "",
    /^failed: the API server at http:\S+ does not answer.*; check that this machine reaches it$/,
  );
  const unauthorized = await findings(t, (_, response) => refuse(response, 401, "Unauthorized"));
  assert.match(of(unauthorized, "Kubernetes")[0] ?? "", /^failed: .*rejects the credentials/);
});

const OWN = Date.UTC(2026, 10, 23, 8) * 1_000;
for (const [apart, status, text] of [
  [0, "ok", /agrees/],
  [3e6, "ok", /agrees/],
  [3.6e6, "warning", /^4 s ahead of/],
  [-60e6, "warning", /^60 s behind/],
] as const) {
  test(`a clock that is ${apart / 1e6} s ahead of the server's is ${status}`, () => {
    const [finding] = checkClock(OWN - apart, OWN);
    assert.equal(finding?.status, status);
    assert.match(finding?.text ?? "", text);
  });
}

test("without a Date header there is no finding of the clock", () => {
  assert.deepEqual(checkClock(null, OWN), []);
});
