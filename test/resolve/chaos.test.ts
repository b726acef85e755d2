import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../scripts/bench/random.ts";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import type { Interaction } from "../../src/model/interaction.ts";
import { type Call, type Chaos, type ChaosOptions, ChaoticCluster } from "../support/cluster/chaotic-cluster.ts";
import { micros, threeNodes } from "../support/cluster/cluster-objects.ts";
import { connection, endText, type Fact, pipelineOf } from "../support/cluster/watched-cluster.ts";

const TICK_SECONDS = 0.1;
const REST_SECONDS = 10;

interface Verdict {
  /** `time truth: reported`, for ends with the name of another pod. */
  readonly wrong: string[];
  unresolved: number;
  ends: number;
}

/** Feeds facts and cluster updates at their times, and compares every reported end with the truth. */
function judge(chaos: Chaos): Verdict {
  const verdict: Verdict = { wrong: [], unresolved: 0, ends: 0 };
  const truth = new Map<string, Call>(chaos.calls.map((call) => [`${micros(call.at)} ${call.from}`, call] as const));
  const feed = new ClusterFeed(threeNodes(), []);
  const pipeline = pipelineOf({ feed }, ({ timeMicros, client, server, clientAddress }: Interaction) => {
    const key = `${timeMicros} ${clientAddress?.address}`;
    const call = truth.get(key);
    truth.delete(key);
    for (const [end, name] of [
      [client, call?.client],
      [server, call?.server],
    ] as const) {
      verdict.ends++;
      if (end.type === "unresolved") verdict.unresolved++;
      else if (endText(end) !== `test/${name}`)
        verdict.wrong.push(`${(timeMicros - micros(0)) / 1e6} ${name}: ${endText(end)}`);
    }
  });
  const facts: Fact[] = chaos.calls.map(({ at, from, to }) => connection({ at, from, to }));
  let [fact, update] = [0, 0];
  for (let now = 0; now < chaos.seconds + REST_SECONDS; now += TICK_SECONDS) {
    for (; update < chaos.updates.length && (chaos.updates[update]?.at ?? 0) <= now; update++)
      feed.add(chaos.updates[update]?.events ?? []);
    for (; fact < facts.length && (facts[fact]?.arrivalMicros ?? 0) <= micros(now); fact++) facts[fact]?.feed(pipeline);
    pipeline.time(micros(now));
  }
  pipeline.finish();
  assert.equal(truth.size, 0, "every connection is reported");
  return verdict;
}

const LATE: ChaosOptions = {
  pods: 700,
  addressesPerNode: 16,
  maxKubeletSeconds: 1.2,
  maxWatchSeconds: 0.9,
  breaks: 40,
  maxBreakSeconds: 0.8,
};

interface Case {
  readonly title: string;
  readonly options: ChaosOptions;
  /** Share of all ends. */
  readonly maxUnresolved: number;
}

const CASES: readonly Case[] = [
  { title: "late updates and broken watches", options: LATE, maxUnresolved: 0.06 },
  {
    title: "late updates, and almost no free address",
    options: { ...LATE, addressesPerNode: 8 },
    maxUnresolved: 0.2,
  },
  {
    title: "a watch without delay",
    options: { ...LATE, maxWatchSeconds: 0.05, breaks: 0 },
    maxUnresolved: 0.06,
  },
];

for (const { title, options, maxUnresolved } of CASES) {
  for (const seed of [1, 2, 3]) {
    test(`N1: over 2,000 changes, with ${title}, no name is wrong (seed ${seed})`, (t) => {
      const chaos = new ChaoticCluster(options, seededRandom(seed).fraction).run();
      const changes = 2 * options.pods + chaos.reuses + options.breaks;
      assert.ok(changes >= 2_000, `${changes} changes`);
      const { wrong, unresolved, ends } = judge(chaos);
      t.diagnostic(`${changes} changes, ${ends} ends, ${unresolved} of them unresolved`);
      assert.deepEqual(wrong, []);
      assert.ok(unresolved < maxUnresolved * ends, `${unresolved} of ${ends} ends are unresolved`);
    });
  }
}
