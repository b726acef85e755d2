import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterFeed } from "../../../src/inventory/cluster-feed.ts";
import type { ClusterEvent } from "../../../src/kubernetes/objects/cluster-event.ts";
import { added, deleted, micros, modified, pod, threeNodes } from "../../support/cluster/cluster-objects.ts";
import { connection, lines, reported } from "../../support/cluster/watched-cluster.ts";

const web = pod("shop/web", { ip: "10.244.1.5" });
const old = pod("shop/old", { ip: "10.244.2.7", node: "b" });
const young = pod("shop/young", { ip: "10.244.2.7", node: "b", createdSeconds: 10 });

/** `old` goes at 10.2 s; `young` was created in second 10, and its address is told at `updateSeconds`. */
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

test("N1: a packet before the change of owner is the old owner's, however soon after the facts come", () => {
  assert.deepEqual(ends(reuse(10.4), 10.19), ["shop/web -> shop/old established", "shop/old -> shop/web established"]);
});

test("N1: a packet of the same second, after the news of the new owner, is the new owner's", () => {
  assert.deepEqual(ends(reuse(10.4), 10.41), [
    "shop/web -> shop/young established",
    "shop/young -> shop/web established",
  ]);
});

for (const late of [0, 0.1, 0.5, 1, 2, 2.9]) {
  test(`N1: a packet in the gap is the new owner's when its news come ${late} s after it`, () => {
    assert.deepEqual(ends(reuse(10.5 + late), 10.5), [
      "shop/web -> shop/young established",
      "shop/young -> shop/web established",
    ]);
  });
}

test("N1: a packet in the gap from before the next owner was created is not the next owner's", () => {
  const later = pod("shop/later", { ip: "10.244.2.7", node: "b", createdSeconds: 12 });
  const events = [added(-50, old), deleted(10.2, old), added(12.5, later)];
  assert.deepEqual(ends(events, 11, "timed_out"), [
    "shop/web -> shop/old timed_out",
    "unresolved:10.244.2.7 -> shop/web timed_out",
  ]);
});

test("N1: without news of a next owner an answer is nobody's, and silence is the dead pod's", () => {
  const events = [added(-50, old), deleted(10.2, old)];
  assert.deepEqual(ends(events, 11), [
    "shop/web -> unresolved:10.244.2.7 established",
    "unresolved:10.244.2.7 -> shop/web established",
  ]);
  assert.deepEqual(ends(events, 11, "refused")[0], "shop/web -> shop/old refused");
});

test("N1: news are waited for at most 3 s after the packet", () => {
  const [first] = reported({ objects: threeNodes() }, [connection({ at: 1, from: "10.244.2.9", to: "10.244.2.8" })]);
  const waited = (first?.atMicros ?? 0) - micros(1);
  assert.ok(waited >= 3e6 && waited <= 3.2e6, `${waited} µs`);
});

test("N1: what is settled is told at once", () => {
  const events = [added(-50, old)];
  const facts = [connection({ at: 1, from: "10.244.1.5", to: "10.244.2.7" })];
  const [first] = reported({ objects: [...threeNodes(), web], events }, facts);
  assert.ok((first?.atMicros ?? 0) - micros(1) <= 200_000);
});

test("N1: news that come later than a decision rewrite nothing", () => {
  const events = [added(-50, old), deleted(10.2, old), added(14.5, young)];
  assert.equal(ends(events, 11)[0], "shop/web -> unresolved:10.244.2.7 established");
});

test("N1: a verdict that comes a minute later is given by what held at the first SYN, not by later owners", () => {
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

test("N1: a pod that gets the address long after the packet was not meant, though it had been created before", () => {
  const pending = pod("shop/pending", { ip: "10.244.2.7", node: "b", createdSeconds: 0 });
  const events = [added(-50, old), deleted(10.2, old), added(40, pending)];
  const facts = [connection({ at: 11, from: "10.244.1.5", to: "10.244.2.7", outcome: "timed_out", takesSeconds: 60 })];
  assert.deepEqual(lines({ objects: [...threeNodes(), web], events }, facts), ["shop/web -> shop/old timed_out"]);
});

test("N1: the end of a recording does not bring forward what the log tells of later", () => {
  const pending = pod("shop/pending", { ip: "10.244.2.7", node: "b", createdSeconds: 0 });
  const events = [added(-50, old), deleted(10.2, old), added(500, pending), deleted(600, web)];
  const facts = [connection({ at: 11, from: "10.244.1.5", to: "10.244.2.7", outcome: "refused" })];
  assert.deepEqual(lines({ objects: threeNodes(), events: [added(-50, web), ...events] }, facts, 0), [
    "shop/web -> shop/old refused",
  ]);
});

test("N1: a pod that loses its address and gets the same one again holds it again", () => {
  const without = pod("shop/old", { node: "b" });
  const events = [added(-50, old), modified(10, without), modified(12, old)];
  assert.deepEqual(ends(events, 13), ["shop/web -> shop/old established", "shop/old -> shop/web established"]);
});

test("N1: a pod whose sandbox was made anew has its new address, and no more its old one", () => {
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

test("N1: of the addresses of one pod all change hands, in any spelling", () => {
  const dual = pod("shop/dual", { ip: ["10.244.2.7", "FD00:10:244:2:0::7"], node: "b" });
  const cluster = { objects: [...threeNodes(), web, dual] };
  const facts = [connection({ at: 1, from: "10.244.1.5", to: "[fd00:10:244:2::7]:80" })];
  assert.deepEqual(lines(cluster, facts), ["shop/web -> shop/dual established"]);
});

test("N1: an address used by many Jobs one after the other is each time its owner's", () => {
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

test("N9: a pod Pending for minutes, then Running, is itself from its first packet on, before the news", () => {
  const waiting = pod("shop/late", { phase: "Pending", createdSeconds: -300 });
  const running = pod("shop/late", { ip: "10.244.1.9", createdSeconds: -300 });
  const events = [added(-299, waiting), modified(11.8, running)];
  const facts = [connection({ at: 10, from: "10.244.1.9", to: "10.244.1.5" })];
  assert.deepEqual(lines({ objects: [...threeNodes(), web], events }, facts), ["shop/late -> shop/web established"]);
});

test("N9: a completed pod that still carries its address gives it up to the next pod", () => {
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

test("N9: a completed pod in a file without events keeps its name to the end of the second in which it ended", () => {
  const done = pod("batch/done", { ip: "10.244.2.7", node: "b", phase: "Succeeded", finishedSeconds: 9.9 });
  const cluster = { objects: [...threeNodes(), web, done] };
  const facts = [8, 9.5, 9.85].map((at) => connection({ at, from: "10.244.2.7", to: "10.244.1.5" }));
  assert.deepEqual(lines(cluster, facts), Array(3).fill("batch/done -> shop/web established"));
});

test("N9: of a completed and a running pod with one address in a file, each has it in its time", () => {
  const done = pod("batch/done", { ip: "10.244.2.7", node: "b", phase: "Succeeded", finishedSeconds: 8 });
  const cluster = { objects: [...threeNodes(), web, young, done] };
  const facts = [7, 12].map((at) => connection({ at, from: "10.244.2.7", to: "10.244.1.5" }));
  assert.deepEqual(lines(cluster, facts), ["batch/done -> shop/web established", "shop/young -> shop/web established"]);
});

test("N9: an evicted pod, Failed and without container states, does not take the address of its successor", () => {
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

test("N9: a Terminating pod that still talks is itself until it is gone", () => {
  const terminating = pod("shop/old", { ip: "10.244.2.7", node: "b", deletionSeconds: 10 });
  const events = [added(-50, old), modified(10, terminating), deleted(40, terminating)];
  assert.deepEqual(ends(events, 30), ["shop/web -> shop/old established", "shop/old -> shop/web established"]);
});

test("N1: a packet that the ending pod and its successor may both have sent is nobody's; news of the seconds tells them apart", () => {
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

test("N1: of one that is ending, or ends when its work is done, the news of a successor is waited for", () => {
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

test("N1: while the watch is broken the news of 3 s is waited for, whoever has the address", () => {
  const feed = new ClusterFeed([...threeNodes(), web, old], []);
  feed.index.updateLag.isDisconnected = true;
  const [first] = reported({ feed }, [connection({ at: 11, from: "10.244.2.7", to: "10.244.1.5" })]);
  const waited = (first?.atMicros ?? 0) - micros(11);
  assert.ok(waited >= 3e6 && waited <= 3.2e6, `${waited} µs`);
});

test("N9: whose address it was does not depend on the order in which a file lists two pods that have it", () => {
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
    test(`N9: a running pod, ${place} of ${count} completed ones with its address, keeps it in a file and in a list`, () => {
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
  test(`N1: a pod of the file whose first event, ${what}, comes between SYN and verdict is itself at the SYN`, () => {
    const feed = new ClusterFeed([...threeNodes(), web, old], []);
    const facts = [
      { arrivalMicros: micros(10), feed: () => feed.add([event]) },
      connection({ at: 2, from: "10.244.2.7", to: "10.244.1.5", outcome: "timed_out", takesSeconds: 10 }),
      connection({ at: 2.1, from: "10.244.1.5", to: "10.244.2.7", outcome: "timed_out", takesSeconds: 10 }),
    ];
    assert.deepEqual(lines({ feed }, facts), ["shop/old -> shop/web timed_out", "shop/web -> shop/old timed_out"]);
  });
}
