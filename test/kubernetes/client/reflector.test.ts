// A reflector against rare but valid responses of an API server.
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
  /** `ADDED web-1`, in the order of emission. */
  emitted(): string[];
}

async function watchPods(t: TestContext, answer: ApiReply, streamsLists = true): Promise<Watching> {
  assert.ok(PODS);
  const api = await startOddApi(t, answer);
  const server = { client: new ApiClient(api.access), streamsLists };
  const events: WatchEvent<KubernetesObject>[] = [];
  const states: WatchState[] = [];
  const transform = { transform: (object: KubernetesObject) => object, keyOf: nameOf };
  const watch = new Reflector(server, PODS, transform, {
    events: (emitted) => events.push(...emitted),
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
    emitted: () => events.map(({ type, object }) => `${type} ${nameOf(object)}`),
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

/** Each response in turn, then the last one again and again. */
function inTurn(...answers: readonly ((response: ServerResponse) => void)[]): (response: ServerResponse) => void {
  let turn = 0;
  return (response) => answers[Math.min(turn++, answers.length - 1)]?.(response);
}

test("K2 a bookmark advances the resourceVersion of the next watch", BOUND, async (t) => {
  const { api, emitted, states } = await watchPods(t, (path, response) => {
    response.writeHead(200);
    if (isList(path)) {
      writeLines(response, added("web-1", "5"), listEnd("7"), added("web-2", "8"));
      writeLines(response, { type: "BOOKMARK", object: { metadata: { resourceVersion: "99" } } });
      response.end();
    } else response.flushHeaders();
  });
  await until("the next watch begins", () => api.requests.length === 2);
  assert.equal(versionOf(api.requests[1] ?? ""), "99");
  assert.match(api.requests[1] ?? "", /allowWatchBookmarks=true/);
  await until("it is watched", () => states.at(-1)?.isSynced === true);
  assert.deepEqual(emitted(), ["ADDED web-1", "ADDED web-2"]);
});

test("K2 an event advances the resourceVersion of the next watch", BOUND, async (t) => {
  const { api } = await watchPods(t, (path, response) => {
    response.writeHead(200);
    if (isList(path)) {
      writeLines(response, listEnd("7"), added("web-2", "8"));
      response.end();
    } else response.flushHeaders();
  });
  await until("the next watch begins", () => api.requests.length === 2);
  assert.equal(versionOf(api.requests[1] ?? ""), "8");
});

test("K2 an expired resourceVersion (410) leads to a relist at once, without a problem", BOUND, async (t) => {
  const { api, states } = await watchPods(t, (path, response) => {
    assert.ok(isList(path));
    writeLines(response.writeHead(200), added("web-1"), listEnd("7"), added("web-2", "8"));
    response.end(`${JSON.stringify({ type: "ERROR", object: { kind: "Status", code: 410, message: "Expired" } })}\n`);
  });
  await until("it has listed several times", () => api.requests.length >= 6);
  const pauses = api.times.slice(1, 6).map((time, i) => time - (api.times[i] ?? 0));
  // The first backoff takes at least 250 ms, and each event in between resets the failures.
  const [, , median = 0] = pauses.toSorted((a, b) => a - b);
  assert.ok(median < 200, pauses.map(Math.round).join(", "));
  assert.deepEqual(
    states.filter(({ problem }) => problem !== null),
    [],
  );
});

test("K2 a server that expires each resourceVersion at once is requested again after a backoff", BOUND, async (t) => {
  const { api } = await watchPods(t, (_, response) => {
    response.writeHead(200).end(`${JSON.stringify({ type: "ERROR", object: { code: 410, message: "Expired" } })}\n`);
  });
  // Each attempt is a streamed and a paged list.
  await until("it has made two more attempts", () => api.requests.length >= 5);
  assert.ok((api.times[4] ?? 0) - (api.times[0] ?? 0) > 700, "no backoff");
});

test(
  "K2 a server that ends each watch at once, without an error, is requested again after a backoff",
  BOUND,
  async (t) => {
    const { api, states } = await watchPods(t, (path, response) => {
      if (isList(path)) writeLines(response.writeHead(200), listEnd("7"));
      else response.writeHead(200);
      response.end();
    });
    await until("it has made several requests", () => api.requests.length >= 4);
    assert.ok((api.times[3] ?? 0) - (api.times[0] ?? 0) > 700, "no backoff");
    assert.deepEqual(
      states.filter(({ problem }) => problem !== null),
      [],
    );
  },
);

test("K2 an object that a relist lacks was deleted between the last event and the list", BOUND, async (t) => {
  let next: ServerResponse | null = null;
  const list = inTurn(
    (response) => {
      writeLines(response, added("web-1"), added("web-2"), listEnd("7"));
      next = response;
    },
    (response) => writeLines(response, added("web-2"), added("web-3"), listEnd("20")),
  );
  const { emitted, events } = await watchPods(t, (_, response) => list(response.writeHead(200)));
  await until("both pods are known", () => events.length === 2);
  const beforeMicros = Date.now() * 1_000;
  (next as ServerResponse | null)?.end(`${JSON.stringify({ type: "ERROR", object: { code: 410 } })}\n`);
  await until("the difference is emitted", () => events.length === 4);
  assert.deepEqual(emitted().slice(2), ["DELETED web-1", "ADDED web-3"]);
  const [, , deleted] = events;
  assert.ok(deleted?.untilMicros !== undefined);
  assert.ok(deleted.timeMicros <= beforeMicros + 1e6 && deleted.untilMicros >= beforeMicros);
});

test("K1 a list of several pages is read to the last one, and watched from its resourceVersion", BOUND, async (t) => {
  const pages = [
    { metadata: { resourceVersion: "40", continue: "second" }, items: [podNamed("web-1")] },
    { metadata: { resourceVersion: "40", continue: "third" }, items: [podNamed("web-2")] },
    { metadata: { resourceVersion: "40" }, items: [podNamed("web-3")] },
  ];
  const { api, emitted, states } = await watchPods(
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
  await until("it is watched", () => states.at(-1)?.problem === null && api.requests.length === 4);
  assert.deepEqual(emitted(), ["ADDED web-1", "ADDED web-2", "ADDED web-3"]);
  assert.equal(versionOf(api.requests[3] ?? ""), "40");
});

test("K1 a list that fails between two pages emits nothing before it is complete", BOUND, async (t) => {
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
  await until("the first attempt has failed", () => states.some(({ problem }) => problem !== null));
  assert.equal(states.at(-1)?.isSynced, false);
  await until("it is complete", () => states.at(-1)?.isSynced === true);
  assert.equal(events.length, 2);
});

test("K1 a server that cannot stream lists is asked for pages, also by the other reflectors", BOUND, async (t) => {
  const { server, states, emitted } = await watchPods(t, (path, response) => {
    if (isList(path)) refuse(response, 400, "sendInitialEvents is forbidden for watch");
    else if (path.includes("watch")) response.writeHead(200).flushHeaders();
    else json(response, 200, { metadata: { resourceVersion: "4" }, items: [podNamed("web-1")] });
  });
  await until("it is listed", () => states.at(-1)?.isSynced === true);
  assert.equal(server.streamsLists, false);
  assert.deepEqual(emitted(), ["ADDED web-1"]);
  assert.deepEqual(
    states.filter(({ problem }) => problem !== null),
    [],
  );
});

test("K1 a starting server (503) is still asked to stream the next list", BOUND, async (t) => {
  const { server, states } = await watchPods(t, (path, response) => {
    if (isList(path)) refuse(response, 503);
    else if (path.includes("watch")) response.writeHead(200).flushHeaders();
    else json(response, 200, { metadata: { resourceVersion: "4" }, items: [] });
  });
  await until("it is listed", () => states.at(-1)?.isSynced === true);
  assert.equal(server.streamsLists, true);
});

test("K1 a busy server (429) is asked again after a while, and not for pages at once", BOUND, async (t) => {
  const millis: number[] = [];
  const { api, states } = await watchPods(t, (path, response) => {
    if (!isList(path)) return json(response, 200, { metadata: { resourceVersion: "4" }, items: [] });
    millis.push(performance.now());
    if (millis.length === 1) return refuse(response, 429);
    response.writeHead(200);
    const annotations = { "k8s.io/initial-events-end": "true" };
    response.write(
      `${JSON.stringify({ type: "BOOKMARK", object: { metadata: { resourceVersion: "4", annotations } } })}\n`,
    );
  });
  await until("it is listed", () => states.at(-1)?.isSynced === true);
  assert.deepEqual(api.requests.map(isList), [true, true]);
  assert.ok((millis[1] ?? 0) - (millis[0] ?? 0) >= 250, `${millis}`);
});

test("K4 if only watch is forbidden, objects are listed, and the problem names the missing verb", BOUND, async (t) => {
  const { states, emitted } = await watchPods(t, (path, response) => {
    if (path.includes("watch=true")) refuse(response, 403, "no");
    else json(response, 200, { metadata: { resourceVersion: "4" }, items: [podNamed("web-1")] });
  });
  await until("the problem is reported", () => states.some(({ problem }) => problem !== null), 30_000);
  const last = states.at(-1);
  assert.deepEqual([last?.isSynced, last?.isForbidden], [true, true]);
  assert.match(
    last?.problem ?? "",
    /^the API server forbids this user to watch pods: allow watch on pods .*up to 30 s late$/,
  );
  assert.deepEqual(emitted(), ["ADDED web-1"]);
});

test("K4 two refusals in a row are permanent, and the problem names both verbs", BOUND, async (t) => {
  const { api, states } = await watchPods(t, (_, response) => refuse(response, 403, "no"));
  await until("the problem is reported", () => states.length > 0);
  assert.deepEqual([states[0]?.isSynced, states[0]?.isForbidden], [false, true]);
  assert.match(
    states[0]?.problem ?? "",
    /forbids this user to list and watch pods: allow list and watch on pods .*workloads have no names/,
  );
  // A single refusal may come from a starting server. Each attempt is a streamed and a paged list.
  assert.ok(api.requests.length >= 4, api.requests.join("\n"));
});

test("K4 refusals with another failure in between are not in a row", BOUND, async (t) => {
  // Each attempt is a streamed and a paged list.
  const statuses = [403, 403, 500, 500, 403, 403];
  let forbiddenBefore: boolean | null = null;
  const { api, states } = await watchPods(t, (_, response) => {
    const status = statuses.shift();
    if (status === undefined) forbiddenBefore ??= states.some(({ isForbidden }) => isForbidden);
    refuse(response, status ?? 403, "no");
  });
  await until("the second refusal in a row is reported", () => states.at(-1)?.isForbidden === true);
  assert.equal(forbiddenBefore, false);
  assert.ok(api.requests.length >= 8);
});
