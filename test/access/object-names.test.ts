import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Named, objectNames } from "../../src/access/object-names.ts";

function named(name: string, kind = "Deployment", id = `${kind}/${name}`): Named {
  return { namespace: "shop", name, kind, id };
}

function namesOf(...objects: readonly Named[]): readonly (string | undefined)[] {
  const names = objectNames(objects, ["default-deny"]);
  return objects.map(({ id }) => names.get(id));
}

describe("names of objects", () => {
  it("its own; with its kind where two kinds have it", () => {
    assert.deepEqual(namesOf(named("cart")), ["cart"]);
    assert.deepEqual(namesOf(named("cart"), named("cart", "CronJob")), ["cart-deployment", "cart-cronjob"]);
  });

  it("another one than the denial of the rest", () => {
    assert.deepEqual(namesOf(named("default-deny")), ["default-deny-deployment"]);
  });

  it("with a checksum where name and kind are those of another one, or too long", () => {
    const [own, ...others] = namesOf(
      named("a-deployment"),
      named("a"),
      named("a", "Job"),
      named("a", "Deployment", "b"),
    );
    assert.equal(own, "a-deployment");
    assert.equal(others[1], "a-job");
    for (const name of [others[0], others[2]]) assert.match(name ?? "", /^a-deployment-[\da-f]{8}$/);
    const [long] = namesOf(named(`${"x".repeat(219)}-${"y".repeat(100)}`));
    assert.match(long ?? "", /^x{219}-y{13}-deployment-[\da-f]{8}$/);
  });

  it("differ within a namespace, whatever the workloads are called, and in any order", () => {
    const name = fc.oneof(
      fc.constantFrom(
        "a",
        "a-job",
        "a-deployment",
        "default-deny",
        "default-deny-job",
        "z".repeat(253),
        "z".repeat(300),
      ),
      fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,5}[a-z0-9])?$/),
    );
    const one = fc.tuple(fc.constantFrom("x", "y"), name, fc.constantFrom("Job", "Deployment"), fc.nat(2));
    fc.assert(
      fc.property(fc.uniqueArray(one, { maxLength: 12, selector: String }), (given) => {
        const objects = given.map(([namespace, own, kind, n]) => {
          return { namespace, name: own, kind, id: `${namespace}/${own}/${kind}/${n}` };
        });
        const names = objectNames(objects, ["default-deny"]);
        const taken = objects.map(({ namespace, id }) => `${namespace}/${names.get(id)}`);
        assert.equal(new Set(taken).size, objects.length);
        for (const full of taken) {
          assert.match(full, /^[xy]\/[a-z0-9]([-a-z0-9]{0,251}[a-z0-9])?$/);
          assert.doesNotMatch(full, /\/default-deny$/);
        }
        assert.deepEqual(new Map(objectNames(objects.toReversed(), ["default-deny"])), new Map(names));
      }),
    );
  });
});
