import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
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

test("a pod's token and authority are read anew for each request: both are renewed while it runs", async (t) => {
  const folder = account(t);
  const access = inClusterAccess("10.96.0.1", "443", folder);
  assert.equal(access.server, "https://10.96.0.1:443");
  assert.deepEqual(await access.options(), { ca: "an authority", headers: { authorization: "Bearer first" } });
  writeFileSync(join(folder, "token"), "second\n");
  writeFileSync(join(folder, "ca.crt"), "another");
  assert.deepEqual(await access.options(), { ca: "another", headers: { authorization: "Bearer second" } });
});

test("a token that is gone is one sentence, and only for the request that needs it", async (t) => {
  const access = inClusterAccess("10.96.0.1", "443", temporaryFolder(t));
  await assert.rejects(
    access.options(),
    (error) => error instanceof ApiError && /cannot be read: /.test(error.message),
  );
});

test("an IPv6 API server has its address in brackets", (t) => {
  assert.equal(inClusterAccess("fd00:10:96::1", "443", account(t)).server, "https://[fd00:10:96::1]:443");
});

function kubeconfig(t: TestContext, name: string, server: string, token = name): string {
  const config = {
    ...{ apiVersion: "v1", kind: "Config", "current-context": name },
    clusters: [{ name, cluster: { server } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  return file(temporaryFolder(t), `${name}.yaml`, JSON.stringify(config));
}

test("the file that is named goes before the pod's account, and that before the user's kubeconfig", async (t) => {
  const named = kubeconfig(t, "named", "https://127.0.0.1:1/");
  const users = kubeconfig(t, "users", "https://127.0.0.1:2");
  const pod = {
    ...{ KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: "3" },
    ...{ WIRESPAN_SERVICE_ACCOUNT: account(t), KUBECONFIG: users },
  };
  assert.equal((await findApiAccess(named, pod))?.server, "https://127.0.0.1:1");
  assert.equal((await findApiAccess(undefined, pod))?.server, "https://127.0.0.1:3");
  const withoutToken = { ...pod, WIRESPAN_SERVICE_ACCOUNT: temporaryFolder(t) };
  assert.equal((await findApiAccess(undefined, withoutToken))?.server, "https://127.0.0.1:2");
  assert.equal(await findApiAccess(undefined, { KUBECONFIG: join(temporaryFolder(t), "none") }), null);
});

test("several kubeconfigs are one: of one name the first definition counts, missing ones do not", async (t) => {
  const first = kubeconfig(t, "lab", "https://127.0.0.1:1", "first");
  const second = kubeconfig(t, "lab", "https://127.0.0.1:2", "second");
  const missing = join(temporaryFolder(t), "none");
  const access = await findApiAccess(undefined, { KUBECONFIG: [missing, first, second].join(delimiter) });
  assert.ok(access);
  assert.equal(access.server, "https://127.0.0.1:1");
  assert.equal(await authorizationOf(access), "Bearer first");
  assert.equal(access.origin, `kubeconfig ${first}${delimiter}${second}`);
});

const WRONG: readonly [string, (t: TestContext) => string, RegExp][] = [
  ["is missing", (t) => join(temporaryFolder(t), "none"), /does not exist; check the path/],
  ["is empty", (t) => file(temporaryFolder(t), "c", " \n"), /cannot be read: it is empty; try kubectl/],
  ["is no YAML", (t) => file(temporaryFolder(t), "c", "clusters: ["), /cannot be read: .*; try kubectl --kubeconfig/],
  ["names no cluster", (t) => file(temporaryFolder(t), "c", "kind: Config\n"), /names no current cluster; choose one/],
  ["names no address", (t) => kubeconfig(t, "odd", "127.0.0.1"), /as the API server's address; it must be like https/],
];
for (const [what, path, expected] of WRONG) {
  test(`a kubeconfig that ${what} is one sentence with a fix`, async (t) => {
    await assert.rejects(findApiAccess(path(t), {}), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, expected);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  });
}
