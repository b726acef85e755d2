import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterFeed } from "../../../src/inventory/cluster-feed.ts";
import type { ClusterEvent } from "../../../src/kubernetes/objects/cluster-event.ts";
import { added, deleted, micros, modified, pod, threeNodes } from "../../support/cluster/cluster-objects.ts";
import { connection, lines, reported } from "../../support/cluster/watched-cluster.ts";

const web = pod("shop/web", { ip: "10.244.1.5" });
const old = pod("shop/old", { ip: "10.244.2.7", node: "b" });
const young = pod("shop/young", { ip: "10.244.2.7", node: "b", createdSeconds: 10 });

/** `old` is deleted at 10.2 s; `young` is created in second 10, and its address reported at `updateSeconds`. */
function reuse(updateSeconds: number): ClusterEvent[] {
  return [added(-50, old), deleted(10.2, old), added(updateSeconds, young)];
}

function ends(events: readonly ClusterEvent[], at: number, outcome?: "timed_out" | "refused"): string[] {
  return lines({ objects: [...threeNodes(), web], events }, [
    connection({ at, from: "10.244.1.5", to: "10.244.2.7", ...(outcome === undefined ? {} : { outcome }) }),
    connection({
      at: at + 0.0001,
      from: "10.244.2.7",
      to: "10.244.1.5",
      ...(outcome === undefined ? {} : { outcome }),
    }),
  ]);
}

test("N1: a packet before the change belongs to the old owner, however soon after it the facts arrive", () => {
  assert.deepEqual(ends(reuse(10.4), 10.19), ["shop/web -> shop/old established", "shop/old -> shop/web established"]);
});

test("N1: a packet in the same second, after the update of the new owner, belongs to the new owner", () => {
  assert.deepEqual(ends(reuse(10.4), 10.41), [
    "shop/web -> shop/young established",
    "shop/young -> shop/web established",
  ]);
});

for (const late of [0, 0.1, 0.5, 1, 2, 2.9]) {
  test(`N1: a packet in the gap belongs to the new owner if its update arrives ${late} s later`, () => {
    assert.deepEqual(ends(reuse(10.5 + late), 10.5), [
      "shop/web -> shop/young established",
      "shop/young -> shop/web established",
    ]);
  });
}

test("N1: a packet in the gap does not belong to a next owner that was created after it", () => {
  const later = pod("shop/later", { ip: "10.244.2.7", node: "b", createdSeconds: 12 });
  const events = [added(-50, old), deleted(10.2, old), added(12.5, later)];
  assert.deepEqual(ends(events, 11, "timed_out"), [
    "shop/web -> shop/old timed_out",
    "unresolved:10.244.2.7 -> shop/web timed_out",
  ]);
});

test("N1: without an update of a next owner, an answered packet is unresolved, an unanswered one belongs to the ended pod", () => {
  const events = [added(-50, old), deleted(10.2, old)];
  assert.deepEqual(ends(events, 11), [
    "shop/web -> unresolved:10.244.2.7 established",
    "unresolved:10.244.2.7 -> shop/web established",
  ]);
  assert.deepEqual(ends(events, 11, "refused")[0], "shop/web -> shop/old refused");
});

test("N1: a fact waits for updates until 3 s after the packet", () => {
  const [first] = reported({ objects: threeNodes() }, [connection({ at: 1, from: "10.244.2.9", to: "10.244.2.8" })]);
  const waited = (first?.atMicros ?? 0) - micros(1);
  assert.ok(waited >= 3e6 && waited <= 3.2e6, `${waited} µs`);
});

test("N1: a fact with final owners is emitted at once", () => {
  const events = [added(-50, old)];
  const facts = [connection({ at: 1, from: "10.244.1.5", to: "10.244.2.7" })];
  const [first] = reported({ objects: [...threeNodes(), web], events }, facts);
  assert.ok((first?.atMicros ?? 0) - micros(1) <= 200_000);
});

test("N1: an update after the decision changes nothing", () => {
  const events = [added(-50, old), deleted(10.2, old), added(14.5, young)];
  assert.equal(ends(events, 11)[0], "shop/web -> unresolved:10.244.2.7 established");
});

test("N1: an outcome a minute later has the owners at the first SYN, not later ones", () => {
  const third = pod("shop/third", { ip: "10.244.2.7", node: "b", createdSeconds: 40 });
  const events = [...reuse(10.5), deleted(30, young), added(41, third)];
  const facts = [5, 20, 45].map((at) =>
    connection({ at, from: "10.244.1.5", to: "10.244.2.7", outcome: "timed_out", takesSeconds: 60 }),
  );
  assert.deepEqual(lines({ objects: [...threeNodes(), web], events }, facts), [
    "shop/web -> shop/old timed_out",
    "shop/web -> shop/young timed_out",
    "shop/web -> shop/third timed_out",
  ]);
});

test("N1: a pod that gets the address long after the packet is not the owner, even if created before", () => {
  const pending = pod("shop/pending", { ip: "10.244.2.7", node: "b", createdSeconds: 0 });
  const events = [added(-50, old), deleted(10.2, old), added(40, pending)];
  const facts = [connection({ at: 11, from: "10.244.1.5", to: "10.244.2.7", outcome: "timed_out", takesSeconds: 60 })];
  assert.deepEqual(lines({ objects: [...threeNodes(), web], events }, facts), ["shop/web -> shop/old timed_out"]);
});

test("N1: at the end of a recording, later updates of the log are not applied", () => {
  const pending = pod("shop/pending", { ip: "10.244.2.7", node: "b", createdSeconds: 0 });
  const events = [added(-50, old), deleted(10.2, old), added(500, pending), deleted(600, web)];
  const facts = [connection({ at: 11, from: "10.244.1.5", to: "10.244.2.7", outcome: "refused" })];
  assert.deepEqual(lines({ objects: threeNodes(), events: [added(-50, web), ...events] }, facts, 0), [
    "shop/web -> shop/old refused",
  ]);
});

test("N1: a pod that loses its address and gets the same one again owns it again", () => {
  const without = pod("shop/old", { node: "b" });
  const events = [added(-50, old), modified(10, without), modified(12, old)];
  assert.deepEqual(ends(events, 13), ["shop/web -> shop/old established", "shop/old -> shop/web established"]);
});

test("N1: a pod whose sandbox was recreated owns its new address, and no longer the old one", () => {
  const moved = pod("shop/old", { ip: "10.244.2.8", node: "b" });
  const cluster = { objects: [...threeNodes(), web], events: [added(-50, old), modified(10, moved)] };
  const facts = [
    connection({ at: 9, from: "10.244.1.5", to: "10.244.2.7" }),
    connection({ at: 11, from: "10.244.1.5", to: "10.244.2.8" }),
    connection({ at: 12, from: "10.244.1.5", to: "10.244.2.7", outcome: "timed_out" }),
    connection({ at: 13, from: "10.244.1.5", to: "10.244.2.7" }),
  ];
  assert.deepEqual(lines(cluster, facts), [
    "shop/web -> shop/old established",
    "shop/web -> shop/old established",
    "shop/web -> shop/old timed_out",
    "shop/web -> unresolved:10.244.2.7 established",
  ]);
});

test("N1: all addresses of a pod are leased, in any spelling", () => {
  const dual = pod("shop/dual", { ip: ["10.244.2.7", "FD00:10:244:2:0::7"], node: "b" });
  const cluster = { objects: [...threeNodes(), web, dual] };
  const facts = [connection({ at: 1, from: "10.244.1.5", to: "[fd00:10:244:2::7]:80" })];
  assert.deepEqual(lines(cluster, facts), ["shop/web -> shop/dual established"]);
});

test("N1: an address of many Jobs in sequence belongs to each in its time", () => {
  const jobs = Array.from({ length: 40 }, (_, i) =>
    pod(`batch/job-${i}`, { ip: "10.244.2.7", node: "b", createdSeconds: 10 * i }),
  );
  const events = jobs.flatMap((job, i) => [added(10 * i + 1.5, job), deleted(10 * i + 8, job)]);
  const facts = jobs.map((_, i) => connection({ at: 10 * i + 1, from: "10.244.2.7", to: "10.244.1.5" }));
  assert.deepEqual(
    lines({ objects: [...threeNodes(), web], events }, facts),
    jobs.map((_, i) => `batch/job-${i} -> shop/web established`),
  );
});

test("N9: a pod that is Pending for minutes, then Running, owns its packets from the first one on, before the update", () => {
  const waiting = pod("shop/late", { phase: "Pending", createdSeconds: -300 });
  const running = pod("shop/late", { ip: "10.244.1.9", createdSeconds: -300 });
  const events = [added(-299, waiting), modified(11.8, running)];
  const facts = [connection({ at: 10, from: "10.244.1.9", to: "10.244.1.5" })];
  assert.deepEqual(lines({ objects: [...threeNodes(), web], events }, facts), ["shop/late -> shop/web established"]);
});

test("N9: a completed pod whose status still has the address yields it to the next pod", () => {
  const running = pod("batch/done", { ip: "10.244.2.7", node: "b" });
  const done = pod("batch/done", { ip: "10.244.2.7", node: "b", phase: "Succeeded", finishedSeconds: 9 });
  const events = [added(-50, running), modified(10.2, done), added(10.7, young)];
  const facts = [9.5, 10.3, 11, 60].map((at) => connection({ at, from: "10.244.2.7", to: "10.244.1.5" }));
  assert.deepEqual(lines({ objects: [...threeNodes(), web], events }, facts), [
    "batch/done -> shop/web established",
    "shop/young -> shop/web established",
    "shop/young -> shop/web established",
    "shop/young -> shop/web established",
  ]);
});

test("N9: a completed pod in a file without events owns its address until the end of the second of its end", () => {
  const done = pod("batch/done", { ip: "10.244.2.7", node: "b", phase: "Succeeded", finishedSeconds: 9.9 });
  const cluster = { objects: [...threeNodes(), web, done] };
  const facts = [8, 9.5, 9.85].map((at) => connection({ at, from: "10.244.2.7", to: "10.244.1.5" }));
  assert.deepEqual(lines(cluster, facts), Array(3).fill("batch/done -> shop/web established"));
});

test("N9: a completed and a running pod with one address in a file each own it in their time", () => {
  const done = pod("batch/done", { ip: "10.244.2.7", node: "b", phase: "Succeeded", finishedSeconds: 8 });
  const cluster = { objects: [...threeNodes(), web, young, done] };
  const facts = [7, 12].map((at) => connection({ at, from: "10.244.2.7", to: "10.244.1.5" }));
  assert.deepEqual(lines(cluster, facts), ["batch/done -> shop/web established", "shop/young -> shop/web established"]);
});

test("N9: an evicted pod, Failed without container states, does not own the address of its successor", () => {
  const evicted = pod("shop/evicted", { ip: "10.244.2.7", node: "b", phase: "Failed" });
  for (const objects of [
    [evicted, young],
    [young, evicted],
  ]) {
    const facts = [connection({ at: 20, from: "10.244.2.7", to: "10.244.1.5" })];
    assert.deepEqual(lines({ objects: [...threeNodes(), web, ...objects] }, facts), [
      "shop/young -> shop/web established",
    ]);
  }
});

test("N9: a Terminating pod owns its address until it is deleted", () => {
  const terminating = pod("shop/old", { ip: "10.244.2.7", node: "b", deletionSeconds: 10 });
  const events = [added(-50, old), modified(10, terminating), deleted(40, terminating)];
  assert.deepEqual(ends(events, 30), ["shop/web -> shop/old established", "shop/old -> shop/web established"]);
});

test("N1: a packet that a Terminating pod and its successor may both have sent is unresolved, unless the start time decides", () => {
  const ending = pod("shop/old", { ip: "10.244.2.7", node: "b", deletionSeconds: 9 });
  const made = pod("shop/young", { phase: "Pending", createdSeconds: 9 });
  const events = (startedSeconds?: number) => {
    const seconds = startedSeconds === undefined ? {} : { startedSeconds };
    const running = pod("shop/young", { ip: "10.244.2.7", node: "b", createdSeconds: 9, ...seconds });
    return [added(-50, old), modified(9, ending), added(9.1, made), modified(12, running), deleted(12.5, ending)];
  };
  assert.deepEqual(ends(events(), 10.5), [
    "shop/web -> unresolved:10.244.2.7 established",
    "unresolved:10.244.2.7 -> shop/web established",
  ]);
  assert.deepEqual(ends(events(11), 10.5), ["shop/web -> shop/old established", "shop/old -> shop/web established"]);
});

test("N1: a fact of a Terminating pod, or of one that runs to completion, waits for the update of a successor", () => {
  const cluster = (options: object) => ({
    objects: [...threeNodes(), web, pod("shop/old", { ip: "10.244.2.7", node: "b", ...options })],
  });
  const facts = [connection({ at: 11, from: "10.244.2.7", to: "10.244.1.5" })];
  for (const options of [{ deletionSeconds: 10 }, { restartPolicy: "Never" }]) {
    const [first] = reported(cluster(options), facts);
    const waited = (first?.atMicros ?? 0) - micros(11);
    assert.ok(waited >= 3e6 && waited <= 3.2e6, `${waited} µs`);
  }
});

test("N1: while the watch is broken every fact waits 3 s for updates", () => {
  const feed = new ClusterFeed([...threeNodes(), web, old], []);
  feed.index.updateLag.isDisconnected = true;
  const [first] = reported({ feed }, [connection({ at: 11, from: "10.244.2.7", to: "10.244.1.5" })]);
  const waited = (first?.atMicros ?? 0) - micros(11);
  assert.ok(waited >= 3e6 && waited <= 3.2e6, `${waited} µs`);
});

test("N9: the owner does not depend on the order of two pods with one address in a file", () => {
  const facts = [5, 15].map((at) => connection({ at, from: "10.244.2.7", to: "10.244.1.5" }));
  for (const pods of [
    [old, young],
    [young, old],
  ]) {
    assert.deepEqual(lines({ objects: [...threeNodes(), web, ...pods] }, facts), [
      "shop/old -> shop/web established",
      "shop/young -> shop/web established",
    ]);
  }
});

for (const count of [8, 20]) {
  const completed = Array.from({ length: count }, (_, i) =>
    pod(`batch/run-${i}`, {
      ip: "10.244.2.7",
      node: "b",
      phase: "Succeeded",
      createdSeconds: -9_000 + 100 * i,
      finishedSeconds: -8_950 + 100 * i,
    }),
  );
  const running = pod("shop/running", { ip: "10.244.2.7", node: "b" });
  const facts = [connection({ at: 1, from: "10.244.2.7", to: "10.244.1.5" })];
  for (const [place, before] of [
    ["first", 0],
    ["in the middle", count / 2],
    ["last", count],
  ] as const) {
    const pods = completed.toSpliced(before, 0, running);
    test(`N9: a running pod, ${place} of ${count} completed ones with its address, owns it in a file and in a list`, () => {
      const objects = [...threeNodes(), web];
      assert.deepEqual(lines({ objects: [...objects, ...pods] }, facts), ["shop/running -> shop/web established"]);
      const events = pods.map((object, i) => added(-50 + i / 1_000, object));
      assert.deepEqual(lines({ objects, events }, facts), ["shop/running -> shop/web established"]);
    });
  }
}

for (const [what, event] of [
  ["MODIFIED", modified(10, old)],
  ["DELETED", deleted(10, old)],
] as const) {
  test(`N1: a pod of a file whose first event, ${what}, arrives between SYN and outcome owns the SYN`, () => {
    const feed = new ClusterFeed([...threeNodes(), web, old], []);
    const facts = [
      { arrivalMicros: micros(10), feed: () => feed.add([event]) },
      connection({ at: 2, from: "10.244.2.7", to: "10.244.1.5", outcome: "timed_out", takesSeconds: 10 }),
      connection({ at: 2.1, from: "10.244.1.5", to: "10.244.2.7", outcome: "timed_out", takesSeconds: 10 }),
    ];
    assert.deepEqual(lines({ feed }, facts), ["shop/old -> shop/web timed_out", "shop/web -> shop/old timed_out"]);
  });
}
