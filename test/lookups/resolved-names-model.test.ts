import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ResolvedNames } from "../../src/lookups/resolved-names.ts";

const MAX_WEIGHT = 12;
const MAX_CLIENT_WEIGHT = 6;
/** Of one address: eviction starts above the first, and ends at the second. */
const MAX_ADDRESS_WEIGHT = 3;
const LEAST_ADDRESS_WEIGHT = 2;

/** Names by address. */
type Names = Map<string, string[]>;
type Generation = Map<string, Names>;

/** The same in plain maps, with weights counted when they are needed. */
class PlainNames {
  young: Generation = new Map();
  old: Generation = new Map();
  evicted = 0;

  add(client: string, address: string, name: string): void {
    const names = this.#use(client, address) ?? [];
    names.push(name);
    if (names.length > MAX_ADDRESS_WEIGHT) {
      this.evicted += names.length - LEAST_ADDRESS_WEIGHT;
      names.splice(0, names.length - LEAST_ADDRESS_WEIGHT);
    }
    this.#put(client, address, names);
    this.#makeRoom(client);
  }

  find(client: string, address: string): string | undefined {
    const names = this.#use(client, address);
    if (names !== undefined) this.#makeRoom(client);
    return names?.at(-1);
  }

  get size(): number {
    return count(this.young) + count(this.old);
  }

  #use(client: string, address: string): string[] | undefined {
    const old = this.old.get(client)?.get(address);
    if (old !== undefined) {
      this.old.get(client)?.delete(address);
      this.#put(client, address, old);
    }
    return this.young.get(client)?.get(address);
  }

  #put(client: string, address: string, names: string[]): void {
    const ofClient: Names = this.young.get(client) ?? new Map();
    this.young.set(client, ofClient.set(address, names));
  }

  #makeRoom(client: string): void {
    const young = this.young.get(client);
    if (young !== undefined && weight([young]) >= MAX_CLIENT_WEIGHT) {
      this.evicted += this.old.get(client)?.size ?? 0;
      this.old.set(client, young);
      this.young.delete(client);
    }
    if (weight(this.young.values()) < MAX_WEIGHT && weight(this.old.values()) < 2 * MAX_WEIGHT) return;
    this.evicted += count(this.old);
    this.old = this.young;
    this.young = new Map();
  }
}

function count(generation: Generation): number {
  return [...generation.values()].reduce((sum, names) => sum + names.size, 0);
}

function weight(clients: Iterable<Names>): number {
  return [...clients].flatMap((names) => [...names.values()]).reduce((sum, { length }) => sum + length, 0);
}

test("whatever is added and searched, the same names are found and evicted as in plain maps", () => {
  const step = fc.record({ client: fc.constantFrom("a", "b", "c"), address: fc.nat(4), adds: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
      const names = new ResolvedNames(MAX_WEIGHT, MAX_CLIENT_WEIGHT);
      const plain = new PlainNames();
      steps.forEach(({ client, address, adds }, i) => {
        const to = `10.0.0.${address}`;
        if (adds) {
          names.add(client, [to], { answerMicros: i, name: `n${i}`, chain: [] });
          plain.add(client, to, `n${i}`);
        } else {
          assert.equal(names.find(client, to, i)?.name, plain.find(client, to));
        }
        assert.deepEqual([names.size, names.evicted], [plain.size, plain.evicted]);
      });
    }),
  );
});
