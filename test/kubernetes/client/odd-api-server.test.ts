// Unusual responses of API servers: from proxies, load balancers and broken servers.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ClusterWatches } from "../../../src/kubernetes/client/cluster-watches.ts";
import { type ClusterRecord, recordKey } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import { trimObject } from "../../../src/kubernetes/objects/trim-object.ts";
import { WATCHED_KINDS } from "../../../src/kubernetes/objects/watched-kinds.ts";
import { until } from "../../support/until.ts";
import { type ApiReply, json, startOddApi } from "./support/odd-api.ts";

const NODES = WATCHED_KINDS.filter(({ kind }) => kind === "Node");

interface Watching {
  /** Reported invalid objects. */
  readonly invalidObjects: readonly string[];
  readonly watches: ClusterWatches<ClusterRecord>;
  readonly problems: (string | null)[];
  readonly requests: string[];
  /** Arrival of each request, in milliseconds. */
  readonly times: number[];
}

/** Watches nodes on a server with these responses. */
async function watch(t: TestContext, answer: ApiReply): Promise<Watching> {
  const { access, requests, times } = await startOddApi(t, answer);
  const problems: (string | null)[] = [];
  const invalidObjects: string[] = [];
  const transform = { transform: (object: object) => trimObject(object), keyOf: recordKey };
  const watches = new ClusterWatches<ClusterRecord>(access, NODES, transform, {
    watch: (problem) => problems.push(problem),
    object: (problem) => invalidObjects.push(problem),
  });
  t.after(() => watches.stop());
  watches.start();
  return { watches, invalidObjects, problems, requests, times };
}

const UNUSUAL: readonly { name: string; answer: ApiReply; problem: RegExp }[] = [
  {
    name: "a proxy's page with 502",
    answer: (_, response) => response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>\n"),
    problem: /^the API server responds with HTTP 502 \(the response is an HTML page; check for a proxy in between\)$/,
  },
  {
    name: "a page with 200",
    answer: (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<h1>Welcome</h1>\n"),
    problem: /response is not JSON/,
  },
  {
    name: "a list without a resourceVersion",
    answer: (_, response) => json(response, 200, {}),
    problem: /returns no complete list/,
  },
  {
    name: "wrong credentials",
    answer: (_, response) => json(response, 401, { kind: "Status", message: "Unauthorized" }),
    problem: /^the API server rejects the credentials \(Unauthorized\): check that/,
  },
  {
    name: "an endless line",
    answer: (_, response) => {
      response.writeHead(200);
      const write = (): void => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
      };
      response.on("drain", write);
      write();
    },
    problem: /^the API server's response has a line of more than 16 MB, more than any object/,
  },
  {
    name: "a connection that is closed within a line",
    answer: (_, response) => void response.writeHead(200).write('{"type":"ADD', () => response.destroy()),
    problem: /does not answer; check that this machine reaches it$/,
  },
];

for (const { name, answer, problem } of UNUSUAL) {
  test(`${name} is reported once, and requested again after a backoff`, async (t) => {
    const { watches, problems, requests, times } = await watch(t, answer);
    await until("it is requested again", () => requests.length >= 3);
    const [from = 0, , to = 0] = times;
    assert.ok(to - from > 200, "no backoff");
    assert.equal(problems.length, 1, problems.join("\n"));
    assert.match(problems[0] ?? "", problem);
    assert.deepEqual(
      watches.states().map(({ isSynced }) => isSynced),
      [false],
    );
    assert.deepEqual(watches.takeEvents(), []);
  });
}

test("a resourceVersion at which the server fails repeatedly leads to a relist", async (t) => {
  const node = { kind: "Node", metadata: { name: "n", resourceVersion: "7" } };
  const end = { metadata: { resourceVersion: "7", annotations: { "k8s.io/initial-events-end": "true" } } };
  const { watches, requests } = await watch(t, (path, response) => {
    response.writeHead(200);
    if (path.includes("sendInitialEvents")) {
      const lines = [
        { type: "ADDED", object: node },
        { type: "BOOKMARK", object: end },
      ];
      response.end(`${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
    } else {
      response.end(`${JSON.stringify({ type: "ERROR", object: { code: 500, message: "PrevKv=nil" } })}\n`);
    }
  });
  await until("it lists again", () => requests.filter((path) => path.includes("sendInitialEvents")).length === 2);
  const between = requests.slice(
    1,
    requests.findLastIndex((path) => path.includes("sendInitialEvents")),
  );
  assert.ok(between.length >= 3 && between.every((path) => path.includes("resourceVersion=7")), between.join("\n"));
  assert.equal(watches.states()[0]?.isSynced, true);
});

test("invalid objects are reported, counted and ignored, and the others are listed and watched", async (t) => {
  const good = { kind: "Node", metadata: { name: "good", resourceVersion: "1" } };
  const bad = [
    7,
    null,
    [],
    { metadata: 5 },
    { metadata: { name: { toString: 1 } } },
    { metadata: { name: "bad", uid: {}, resourceVersion: 5 }, status: { addresses: [{ address: 5 }] } },
  ];
  const end = { metadata: { resourceVersion: "6", annotations: { "k8s.io/initial-events-end": "true" } } };
  const later = { kind: "Node", metadata: { name: "later", resourceVersion: "7" } };
  const { watches, invalidObjects, problems } = await watch(t, (_, response) => {
    const event = (type: string, object: unknown) => response.write(`${JSON.stringify({ type, object })}\n`);
    response.writeHead(200, { "content-type": "application/json" });
    for (const object of [...bad, good]) event("ADDED", object);
    event("BOOKMARK", end);
    for (const type of ["ADDED", "MODIFIED", "DELETED", { toString: 1 }, 5]) {
      for (const object of bad) event(type as string, object);
    }
    event("ADDED", later);
  });
  const known: string[] = [];
  await until("the later node is known", () => {
    for (const { object } of watches.takeEvents()) known.push("name" in object ? object.name : "");
    return known.includes("later");
  });
  assert.deepEqual(known, ["good", "later"]);
  assert.equal(watches.counters.invalidObjects, 4 * bad.length);
  assert.equal(invalidObjects.length, 4 * bad.length);
  assert.ok(invalidObjects.includes("Node bad: metadata.uid is an object, not text"), invalidObjects.join("\n"));
  assert.deepEqual(problems, []);
});
