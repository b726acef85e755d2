import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type TestContext, test } from "node:test";
import { findApiAccess, inClusterAccess } from "../../../src/kubernetes/client/api-access.ts";
import { ApiError } from "../../../src/kubernetes/client/api-error.ts";
import { ConfigError } from "../../../src/model/errors.ts";
import { file, temporaryFolder } from "../../support/cli/wirespan.ts";

function account(t: TestContext): string {
  const folder = temporaryFolder(t);
  file(folder, "token", "first\n");
  file(folder, "ca.crt", "an authority");
  return folder;
}

async function authorizationOf(access: { options(): Promise<object> }): Promise<unknown> {
  const { headers } = (await access.options()) as { headers?: Record<string, unknown> };
  return headers?.authorization ?? headers?.Authorization;
}

test("a pod's token and CA certificate are read for each request, because both are rotated", async (t) => {
  const folder = account(t);
  const access = inClusterAccess("10.96.0.1", "443", folder);
  assert.equal(access.server, "https://10.96.0.1:443");
  assert.deepEqual(await access.options(), { ca: "an authority", headers: { authorization: "Bearer first" } });
  writeFileSync(join(folder, "token"), "second\n");
  writeFileSync(join(folder, "ca.crt"), "another");
  assert.deepEqual(await access.options(), { ca: "another", headers: { authorization: "Bearer second" } });
});

test("a missing token fails only the request that needs it, with one sentence", async (t) => {
  const access = inClusterAccess("10.96.0.1", "443", temporaryFolder(t));
  await assert.rejects(
    access.options(),
    (error) => error instanceof ApiError && /cannot be read: /.test(error.message),
  );
});

test("the address of an IPv6 API server is written in brackets", (t) => {
  assert.equal(inClusterAccess("fd00:10:96::1", "443", account(t)).server, "https://[fd00:10:96::1]:443");
});

function kubeconfig(t: TestContext, name: string, server: string, token = name, namespace?: string): string {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
  };
  return file(temporaryFolder(t), `${name}.yaml`, JSON.stringify(config));
}

test("a given kubeconfig takes precedence over the pod's service account, and that over the user's kubeconfig", async (t) => {
  const named = kubeconfig(t, "named", "https://127.0.0.1:1/");
  const users = kubeconfig(t, "users", "https://127.0.0.1:2");
  const pod = {
    KUBERNETES_SERVICE_HOST: "127.0.0.1",
    KUBERNETES_SERVICE_PORT: "3",
    WIRESPAN_SERVICE_ACCOUNT: account(t),
    KUBECONFIG: users,
  };
  assert.equal((await findApiAccess(named, pod))?.server, "https://127.0.0.1:1");
  assert.equal((await findApiAccess(undefined, pod))?.server, "https://127.0.0.1:3");
  const withoutToken = { ...pod, WIRESPAN_SERVICE_ACCOUNT: temporaryFolder(t) };
  assert.equal((await findApiAccess(undefined, withoutToken))?.server, "https://127.0.0.1:2");
  assert.equal(await findApiAccess(undefined, { KUBECONFIG: join(temporaryFolder(t), "none") }), null);
});

test("several kubeconfigs are merged: the first definition of a name counts, missing files are ignored", async (t) => {
  const first = kubeconfig(t, "lab", "https://127.0.0.1:1", "first");
  const second = kubeconfig(t, "lab", "https://127.0.0.1:2", "second");
  const missing = join(temporaryFolder(t), "none");
  const access = await findApiAccess(undefined, { KUBECONFIG: [missing, first, second].join(delimiter) });
  assert.ok(access);
  assert.equal(access.server, "https://127.0.0.1:1");
  assert.equal(await authorizationOf(access), "Bearer first");
  assert.equal(access.origin, `kubeconfig ${first}${delimiter}${second}`);
});

test("a context selects cluster, user and namespace, also in a pod; an unknown one is rejected with those known", async (t) => {
  const first = kubeconfig(t, "first", "https://127.0.0.1:1");
  const second = kubeconfig(t, "second", "https://127.0.0.1:2", "token", "observability");
  const environment = {
    KUBECONFIG: [first, second].join(delimiter),
    KUBERNETES_SERVICE_HOST: "127.0.0.1",
    KUBERNETES_SERVICE_PORT: "3",
    WIRESPAN_SERVICE_ACCOUNT: account(t),
  };
  const access = await findApiAccess(undefined, environment, "second");
  assert.ok(access);
  assert.deepEqual([access.server, access.namespace], ["https://127.0.0.1:2", "observability"]);
  assert.equal(await authorizationOf(access), "Bearer token");
  assert.equal((await findApiAccess(undefined, environment, "first"))?.namespace, null);
  await assert.rejects(findApiAccess(undefined, environment, "third"), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(error.message, /^kubeconfig \S+ has no context "third"; choose one of first, second$/);
    return true;
  });
});

test("an address without TLS is accepted in a cluster with insecure-skip-tls-verify", async (t) => {
  const path = kubeconfig(t, "proxy", "http://127.0.0.1:8001");
  const config = JSON.parse(readFileSync(path, "utf8"));
  config.clusters[0].cluster["insecure-skip-tls-verify"] = true;
  writeFileSync(path, JSON.stringify(config));
  const access = await findApiAccess(path, {});
  assert.equal(access?.server, "http://127.0.0.1:8001");
  assert.equal(await authorizationOf(access), "Bearer proxy");
});

test("in a pod the namespace is that of the service account, if it is mounted", (t) => {
  const folder = account(t);
  assert.equal(inClusterAccess("10.96.0.1", "443", folder).namespace, null);
  file(folder, "namespace", "observability");
  assert.equal(inClusterAccess("10.96.0.1", "443", folder).namespace, "observability");
});

const INVALID: readonly [string, (t: TestContext) => string, RegExp][] = [
  ["is missing", (t) => join(temporaryFolder(t), "none"), /does not exist; check the path/],
  ["is empty", (t) => file(temporaryFolder(t), "c", " \n"), /cannot be read: it is empty; try kubectl/],
  ["is not YAML", (t) => file(temporaryFolder(t), "c", "clusters: ["), /cannot be read: .*; try kubectl --kubeconfig/],
  ["names no cluster", (t) => file(temporaryFolder(t), "c", "kind: Config\n"), /names no current cluster; choose one/],
  [
    "has an invalid address",
    (t) => kubeconfig(t, "odd", "127.0.0.1"),
    /address "127\.0\.0\.1" in .* is invalid; write it like https/,
  ],
  [
    "has an address without TLS",
    (t) => kubeconfig(t, "proxy", "http://127.0.0.1:8001"),
    /^the API server's address http:\/\/127\.0\.0\.1:8001 in kubeconfig \S+ has no TLS; write it with https:\/\/, or, if it is that of kubectl proxy, add insecure-skip-tls-verify: true to the cluster "proxy"$/,
  ],
];
for (const [what, path, expected] of INVALID) {
  test(`a kubeconfig that ${what} is rejected with one sentence and a fix`, async (t) => {
    await assert.rejects(findApiAccess(path(t), {}), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, expected);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  });
}
