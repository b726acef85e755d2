import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ConnectionOutcome } from "../../src/model/connection.ts";
import { micros, node, pod, threeNodes } from "../support/cluster/cluster-objects.ts";
import { connection, type Fact, lookup, reported } from "../support/cluster/watched-cluster.ts";

const pods = [pod("shop/web", { ip: "10.244.1.5" }), pod("shop/cart", { ip: "10.244.1.6" })];
const CLUSTERS = {
  "with pod ranges": [...threeNodes(), ...pods],
  "without pod ranges": [...["a", "b"].map((name, i) => node(name, `192.168.0.${i + 1}`, [])), ...pods],
};
/**
 * The last one has no owner: its facts wait for one, and its lookups are reported only after packets have shown that it is
 * inside, which this model leaves out.
 */
const CLIENTS = ["10.244.1.5", "10.244.1.6", "10.8.3.9"] as const;
/** An external one, and a private one without an owner, so that connections to it wait for one. */
const ADDRESSES = ["203.0.113.9", "10.0.0.9"] as const;

/** How attempts end: seconds from the first SYN to the first retransmission, if any, and to the verdict. */
const VERDICTS: readonly { outcome: ConnectionOutcome; repeats?: number; takesSeconds: number }[] = [
  { outcome: "established", takesSeconds: 0.0003 },
  { outcome: "established", takesSeconds: 0.0003 },
  { outcome: "established", takesSeconds: 4.9 },
  { outcome: "refused", takesSeconds: 0.001 },
  { outcome: "timed_out", takesSeconds: 5 },
  { outcome: "established", repeats: 1, takesSeconds: 3.001 },
  { outcome: "timed_out", repeats: 1, takesSeconds: 12 },
  { outcome: "timed_out", repeats: 3, takesSeconds: 130 },
  { outcome: "unfinished", takesSeconds: 0.4 },
];

const step = fc.record({
  isAnswer: fc.boolean(),
  client: fc.constantFrom(...CLIENTS),
  name: fc.constantFrom("a.example.com", "b.example.com", "c.example.com"),
  addresses: fc.constantFrom<readonly string[]>(ADDRESSES, [ADDRESSES[0]], [ADDRESSES[1]]),
  address: fc.constantFrom(...ADDRESSES),
  verdict: fc.constantFrom(...VERDICTS),
  /** Milliseconds since the step before; more than 100 ms, so that two lookups never count as one. */
  afterMillis: fc.oneof(
    fc.integer({ min: 120, max: 600 }),
    fc.integer({ min: 120, max: 600 }),
    fc.integer({ min: 120, max: 12_000 }),
  ),
});

interface Answer {
  readonly client: string;
  readonly name: string;
  readonly addresses: readonly string[];
  readonly micros: number;
}

/** Expects every connection with its name and the age of the name, and every lookup without a connection. */
class PlainModel {
  readonly facts: Fact[] = [];
  readonly #answers: Answer[] = [];
  readonly #expected: string[] = [];
  readonly #used = new Set<Answer>();

  lookUp(at: number, client: string, name: string, addresses: readonly string[]): void {
    this.facts.push(lookup({ at, from: client, name, to: addresses }));
    this.#answers.push({ client, name, addresses, micros: micros(at) + 2_000 });
  }

  dial(at: number, client: string, address: string, port: number, verdict: (typeof VERDICTS)[number]): void {
    const { outcome, repeats, takesSeconds } = verdict;
    const options = { at, from: `${client}:${port}`, to: address };
    if (repeats !== undefined) {
      this.facts.push(connection({ ...options, outcome: "repeating", takesSeconds: repeats, retries: 1 }));
    }
    this.facts.push(connection({ ...options, outcome, takesSeconds, retries: repeats === undefined ? 0 : 2 }));
    const ofClient = this.#answers.filter((one) => one.client === client && one.micros <= micros(at));
    const answer = ofClient.findLast(({ addresses }) => addresses.includes(address));
    const sameName = ofClient.filter(({ name }) => name === answer?.name);
    for (const one of sameName) if (micros(at) - one.micros <= 10_000_000) this.#used.add(one);
    if (outcome === "unfinished") return;
    this.#expected.push(`${micros(at)} ${client}:${port} ${answer?.name} ${answer && micros(at) - answer.micros}`);
  }

  expected(): string[] {
    const unused = this.#answers.filter((one) => !this.#used.has(one) && one.client !== CLIENTS[2]);
    return [...this.#expected, ...unused.map((one) => `${one.micros - 2_000} ${one.client} ${one.name} unused`)].sort();
  }
}

for (const [what, objects] of Object.entries(CLUSTERS)) {
  test(`N2: whatever the order of lookups, connections and verdicts, names are those resolved before the SYN (${what})`, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 80, size: "max" }), (steps) => {
        const model = new PlainModel();
        let at = 1;
        for (const [i, { isAnswer, client, name, addresses, address, verdict, afterMillis }] of steps.entries()) {
          // Half a millisecond apart, so that a SYN and an answer are never simultaneous.
          at += afterMillis / 1_000;
          if (isAnswer) model.lookUp(at, client, name, addresses);
          else model.dial(at + 0.0005, client, address, 20_000 + i, verdict);
        }
        const ofKnownClients = reported({ objects }, model.facts).filter(
          ({ interaction: { evidence, clientAddress } }) =>
            evidence !== "lookup" || clientAddress?.address !== CLIENTS[2],
        );
        const found = ofKnownClients.map(({ interaction }) => {
          const { timeMicros, evidence, clientAddress, name, nameAgeMicros } = interaction;
          const { address, port } = clientAddress ?? { address: "", port: 0 };
          return evidence === "lookup"
            ? `${timeMicros} ${address} ${name} unused`
            : `${timeMicros} ${address}:${port} ${name ?? undefined} ${nameAgeMicros ?? undefined}`;
        });
        assert.deepEqual(found.sort(), model.expected());
      }),
      { numRuns: 300 },
    );
  });
}
