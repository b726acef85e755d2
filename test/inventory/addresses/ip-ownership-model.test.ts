import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ClusterEvent } from "../../../src/kubernetes/objects/cluster-event.ts";
import { added, deleted, modified, pod, threeNodes } from "../../support/cluster/cluster-objects.ts";
import { connection, type Fact, lines } from "../../support/cluster/watched-cluster.ts";

const ADDRESSES = 6;
const OBSERVER = pod("test/observer", { ip: "10.244.1.200" });

/** One lease of an address: creation, first packet, update, last packet and end, each in seconds after the one before. */
const lease = fc.record({
  untilCreated: fc.double({ min: 0, max: 3, noNaN: true }),
  untilFirstPacket: fc.double({ min: 0.05, max: 2, noNaN: true }),
  updateDelay: fc.double({ min: 0, max: 2, noNaN: true }),
  lasts: fc.double({ min: 0.1, max: 8, noNaN: true }),
  packets: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 }),
  isPendingFirst: fc.boolean(),
  endsBy: fc.constantFrom("DELETED", "Succeeded"),
  verdictSeconds: fc.constantFrom(0.0004, 0.0004, 2, 5),
});

interface Expected {
  readonly fact: Fact;
  readonly at: number;
  readonly line: string;
}

/** Plays the leases of one address in sequence: the model knows the real sender by construction. */
function play(
  address: string,
  leases: readonly (typeof lease extends fc.Arbitrary<infer T> ? T : never)[],
  name: string,
) {
  const events: ClusterEvent[] = [];
  const expected: Expected[] = [];
  let freeSince = 1;
  for (const [i, each] of leases.entries()) {
    const path = `test/${name}-${i}`;
    const created = freeSince + each.untilCreated;
    const first = Math.ceil(created) + each.untilFirstPacket;
    const updated = first + each.updateDelay;
    const ended = Math.max(first + each.lasts, updated) + 0.001;
    const options = { ip: address, node: "b", createdSeconds: created };
    if (each.isPendingFirst) {
      events.push(added(created + 0.01, pod(path, { phase: "Pending", createdSeconds: created })));
      events.push(modified(updated, pod(path, options)));
    } else {
      events.push(added(updated, pod(path, options)));
    }
    const succeeded = pod(path, { ...options, phase: "Succeeded", finishedSeconds: ended });
    events.push(each.endsBy === "DELETED" ? deleted(ended, pod(path, options)) : modified(ended, succeeded));
    for (const [k, share] of [0, ...each.packets].entries()) {
      const at = first + share * (ended - 0.0005 - first);
      const outcome = each.verdictSeconds > 1 ? "timed_out" : "established";
      const takesSeconds = each.verdictSeconds;
      const isClient = k % 2 === 0;
      const ends = isClient ? { from: address, to: "10.244.1.200" } : { from: "10.244.1.200", to: address };
      expected.push({
        at,
        fact: connection({ at, ...ends, outcome, takesSeconds }),
        line: isClient ? `${path} -> test/observer ${outcome}` : `test/observer -> ${path} ${outcome}`,
      });
    }
    freeSince = ended;
  }
  return { events, expected };
}

test("N1: over hundreds of reuses of a few addresses, with late updates, no name is wrong", () => {
  const property = fc.property(
    fc.array(fc.array(lease, { minLength: 4, maxLength: 12 }), { minLength: ADDRESSES, maxLength: ADDRESSES }),
    (histories) => {
      const played = histories.map((leases, i) => play(`10.244.2.${i + 2}`, leases, `pod-${i}`));
      const expected = played.flatMap((one) => one.expected).sort((a, b) => a.at - b.at);
      const events = played.flatMap((one) => one.events);
      const found = lines(
        { objects: [...threeNodes(), OBSERVER], events },
        expected.map(({ fact }) => fact),
      );
      assert.deepEqual(found.toSorted(), expected.map(({ line }) => line).toSorted());
    },
  );
  fc.assert(property, { seed: 20261123, numRuns: 60 });
});
