// One kind of objects on a server that answers as an API server may, and rarely does.
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { type TestContext, test } from "node:test";
import { ApiClient } from "../../../src/kubernetes/client/api-client.ts";
import { Reflector, type WatchedServer } from "../../../src/kubernetes/client/reflector.ts";
import type { WatchState } from "../../../src/kubernetes/client/watch-state.ts";
import type { WatchEvent } from "../../../src/kubernetes/objects/cluster-event.ts";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import { WATCHED_KINDS } from "../../../src/kubernetes/objects/watched-kinds.ts";
import { until } from "../../support/until.ts";
import { type ApiReply, json, listEnd, type OddApi, refuse, startOddApi, writeLines } from "./support/odd-api.ts";

const BOUND = { timeout: 60_000 };
const PODS = WATCHED_KINDS.find(({ kind }) => kind === "Pod");

interface Watching {
  readonly api: OddApi;
  readonly server: WatchedServer;
  readonly watch: Reflector<KubernetesObject>;
  readonly events: WatchEvent<KubernetesObject>[];
  readonly states: WatchState[];
  /** `ADDED web-1`, in the order of the telling. */
  told(): string[];
}

async function watchPods(t: TestContext, answer: ApiReply, streamsLists = true): Promise<Watching> {
  assert.ok(PODS);
  const api = await startOddApi(t, answer);
  const server = { client: new ApiClient(api.access), streamsLists };
  const events: WatchEvent<KubernetesObject>[] = [];
  const states: WatchState[] = [];
  const trimming = { trim: (object: KubernetesObject) => object, keyOf: nameOf };
  const watch = new Reflector(server, PODS, trimming, {
    events: (told) => events.push(...told),
    state: (state) => states.push(state),
  });
  const running = watch.run();
  t.after(async () => {
    watch.stop();
    await running;
    server.client.close();
  });
  return {
    api,
    server,
    watch,
    events,
    states,
    told: () => events.map(({ type, object }) => `${type} ${nameOf(object)}`),
  };
}

function nameOf({ metadata }: KubernetesObject): string {
  return metadata?.name ?? "";
}

function podNamed(name: string, resourceVersion = "5"): object {
  return { kind: "Pod", metadata: { name, namespace: "shop", uid: name, resourceVersion } };
}

const added = (name: string, resourceVersion?: string) => ({ type: "ADDED", object: podNamed(name, resourceVersion) });
const isList = (path: string) => path.includes("sendInitialEvents");
const versionOf = (path: string) => new URL(path, "http://x").searchParams.get("resourceVersion");

/** Answers each list so, in its turn; the last one for good. */
function inTurn(...answers: readonly ((response: ServerResponse) => void)[]): (response: ServerResponse) => void {
  let turn = 0;
  return (response) => answers[Math.min(turn++, answers.length - 1)]?.(response);
}

test("K2 a bookmark moves the version from which a watch goes on", BOUND, async (t) => {
  const { api, told, states } = await watchPods(t, (path, response) => {
    response.writeHead(200);
    if (isList(path)) {
      writeLines(response, added("web-1", "5"), listEnd("7"), added("web-2", "8"));
      writeLines(response, { type: "BOOKMARK", object: { metadata: { resourceVersion: "99" } } });
      response.end();
    } else response.flushHeaders();
  });
  await until("it goes on", () => api.requests.length === 2);
  assert.equal(versionOf(api.requests[1] ?? ""), "99");
  assert.match(api.requests[1] ?? "", /allowWatchBookmarks=true/);
  await until("it is followed", () => states.at(-1)?.isSynced === true);
  assert.deepEqual(told(), ["ADDED web-1", "ADDED web-2"]);
});

test("K2 a change moves the version, too", BOUND, async (t) => {
  const { api } = await watchPods(t, (path, response) => {
    response.writeHead(200);
    if (isList(path)) {
      writeLines(response, listEnd("7"), added("web-2", "8"));
      response.end();
    } else response.flushHeaders();
  });
  await until("it goes on", () => api.requests.length === 2);
  assert.equal(versionOf(api.requests[1] ?? ""), "8");
});

test(
  "K2 where the server has forgotten the version all is listed again, at once and without a word",
  BOUND,
  async (t) => {
    const { api, states } = await watchPods(t, (path, response) => {
      assert.ok(isList(path));
      writeLines(response.writeHead(200), added("web-1"), listEnd("7"), added("web-2", "8"));
      response.end(`${JSON.stringify({ type: "ERROR", object: { kind: "Status", code: 410, message: "Expired" } })}\n`);
    });
    await until("it has listed some times", () => api.requests.length >= 6);
    const pauses = api.times.slice(1, 6).map((time, i) => time - (api.times[i] ?? 0));
    // The first wait after a failure takes 250 ms at least, and each change in between ends what failed before.
    const [, , median = 0] = pauses.toSorted((a, b) => a - b);
    assert.ok(median < 200, pauses.map(Math.round).join(", "));
    assert.deepEqual(
      states.filter(({ problem }) => problem !== null),
      [],
    );
  },
);

test("K2 a server that forgets each version at once is not asked without pause", BOUND, async (t) => {
  const { api } = await watchPods(t, (_, response) => {
    response.writeHead(200).end(`${JSON.stringify({ type: "ERROR", object: { code: 410, message: "Expired" } })}\n`);
  });
  // A stream and a page each time.
  await until("it was asked for twice again", () => api.requests.length >= 5);
  assert.ok((api.times[4] ?? 0) - (api.times[0] ?? 0) > 700, "without a pause");
});

test("K2 a server that ends each watch at once, without an error, is not asked without pause", BOUND, async (t) => {
  const { api, states } = await watchPods(t, (path, response) => {
    if (isList(path)) writeLines(response.writeHead(200), listEnd("7"));
    else response.writeHead(200);
    response.end();
  });
  await until("it was asked for some times", () => api.requests.length >= 4);
  assert.ok((api.times[3] ?? 0) - (api.times[0] ?? 0) > 700, "without a pause");
  assert.deepEqual(
    states.filter(({ problem }) => problem !== null),
    [],
  );
});

test("K2 what a new list lacks was deleted between when it was known last and the list", BOUND, async (t) => {
  let next: ServerResponse | null = null;
  const list = inTurn(
    (response) => {
      writeLines(response, added("web-1"), added("web-2"), listEnd("7"));
      next = response;
    },
    (response) => writeLines(response, added("web-2"), added("web-3"), listEnd("20")),
  );
  const { told, events } = await watchPods(t, (_, response) => list(response.writeHead(200)));
  await until("both pods are known", () => events.length === 2);
  const beforeMicros = Date.now() * 1_000;
  (next as ServerResponse | null)?.end(`${JSON.stringify({ type: "ERROR", object: { code: 410 } })}\n`);
  await until("the difference is told", () => events.length === 4);
  assert.deepEqual(told().slice(2), ["DELETED web-1", "ADDED web-3"]);
  const [, , deleted] = events;
  assert.ok(deleted?.untilMicros !== undefined);
  assert.ok(deleted.timeMicros <= beforeMicros + 1e6 && deleted.untilMicros >= beforeMicros);
});

test("K1 a list of many pages is read to its last one, and followed from the version that it has", BOUND, async (t) => {
  const pages = [
    { metadata: { resourceVersion: "40", continue: "second" }, items: [podNamed("web-1")] },
    { metadata: { resourceVersion: "40", continue: "third" }, items: [podNamed("web-2")] },
    { metadata: { resourceVersion: "40" }, items: [podNamed("web-3")] },
  ];
  const { api, told, states } = await watchPods(
    t,
    (path, response) => {
      const asked = new URL(path, "http://x").searchParams;
      if (asked.has("watch")) return response.writeHead(200).flushHeaders();
      assert.equal(asked.get("limit"), "250");
      const page = pages[["second", "third"].indexOf(asked.get("continue") ?? "") + 1];
      json(response, 200, page ?? {});
    },
    false,
  );
  await until("it is followed", () => states.at(-1)?.problem === null && api.requests.length === 4);
  assert.deepEqual(told(), ["ADDED web-1", "ADDED web-2", "ADDED web-3"]);
  assert.equal(versionOf(api.requests[3] ?? ""), "40");
});

test("K1 of a list that breaks off between two pages nothing is told before it is whole", BOUND, async (t) => {
  let fails = true;
  const { events, states } = await watchPods(
    t,
    (path, response) => {
      const asked = new URL(path, "http://x").searchParams;
      if (asked.has("watch")) response.writeHead(200).flushHeaders();
      else if (!asked.has("continue")) {
        json(response, 200, { metadata: { resourceVersion: "4", continue: "more" }, items: [podNamed("web-1")] });
      } else if (fails) {
        fails = false;
        refuse(response, 500);
      } else json(response, 200, { metadata: { resourceVersion: "4" }, items: [podNamed("web-2")] });
    },
    false,
  );
  await until("the first try has failed", () => states.some(({ problem }) => problem !== null));
  assert.equal(states.at(-1)?.isSynced, false);
  await until("it is whole", () => states.at(-1)?.isSynced === true);
  assert.equal(events.length, 2);
});

test("K1 a server that cannot stream lists is asked for pages, now and by whoever asks next", BOUND, async (t) => {
  const { server, states, told } = await watchPods(t, (path, response) => {
    if (isList(path)) refuse(response, 400, "sendInitialEvents is forbidden for watch");
    else if (path.includes("watch")) response.writeHead(200).flushHeaders();
    else json(response, 200, { metadata: { resourceVersion: "4" }, items: [podNamed("web-1")] });
  });
  await until("it is listed", () => states.at(-1)?.isSynced === true);
  assert.equal(server.streamsLists, false);
  assert.deepEqual(told(), ["ADDED web-1"]);
  assert.deepEqual(
    states.filter(({ problem }) => problem !== null),
    [],
  );
});

for (const status of [429, 503]) {
  test(`K1 a server that is only busy (${status}) may stream the next list`, BOUND, async (t) => {
    const { server, states } = await watchPods(t, (path, response) => {
      if (isList(path)) refuse(response, status);
      else if (path.includes("watch")) response.writeHead(200).flushHeaders();
      else json(response, 200, { metadata: { resourceVersion: "4" }, items: [] });
    });
    await until("it is listed", () => states.at(-1)?.isSynced === true);
    assert.equal(server.streamsLists, true);
  });
}

test(
  "K4 where only watching is forbidden objects are known all the same, and the missing right is named",
  BOUND,
  async (t) => {
    const { states, told } = await watchPods(t, (path, response) => {
      if (path.includes("watch=true")) refuse(response, 403, "no");
      else json(response, 200, { metadata: { resourceVersion: "4" }, items: [podNamed("web-1")] });
    });
    await until("it is said", () => states.some(({ problem }) => problem !== null), 30_000);
    const last = states.at(-1);
    assert.deepEqual([last?.isSynced, last?.isForbidden], [true, true]);
    assert.match(last?.problem ?? "", /^the API server forbids to watch pods: allow watch on pods .*up to 30 s late$/);
    assert.deepEqual(told(), ["ADDED web-1"]);
  },
);

test("K4 a kind that is refused twice is refused for good, and both rights are named", BOUND, async (t) => {
  const { api, states } = await watchPods(t, (_, response) => refuse(response, 403, "no"));
  await until("it is said", () => states.length > 0);
  assert.deepEqual([states[0]?.isSynced, states[0]?.isForbidden], [false, true]);
  assert.match(states[0]?.problem ?? "", /forbids to list and watch pods: allow list and watch on pods .*no workload/);
  // One refusal says nothing of a server that has just started: two requests each for the stream and for the pages.
  assert.ok(api.requests.length >= 4, api.requests.join("\n"));
});

test("K4 refusals with another failure in between are not in a row", BOUND, async (t) => {
  // Each try asks for a stream, and then for pages.
  const statuses = [403, 403, 500, 500, 403, 403];
  let forbiddenBefore: boolean | null = null;
  const { api, states } = await watchPods(t, (_, response) => {
    const status = statuses.shift();
    if (status === undefined) forbiddenBefore ??= states.some(({ isForbidden }) => isForbidden);
    refuse(response, status ?? 403, "no");
  });
  await until("the next refusal in a row is said", () => states.at(-1)?.isForbidden === true);
  assert.equal(forbiddenBefore, false);
  assert.ok(api.requests.length >= 8);
});
