import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AskedNames } from "../../src/lookups/asked-names.ts";
import { ClusterNames } from "../../src/lookups/cluster-names.ts";
import { Attempt } from "../../src/lookups/search-attempt.ts";
import { TruncatedLookup } from "../../src/lookups/truncated-lookups.ts";

const names = new ClusterNames();
const LONG = "api.example.com.shop.svc.cluster.local";

test("a question knows what its program may have asked for, itself first", () => {
  const { bases } = new AskedNames(names).ask("web", "shop", LONG);
  assert.deepEqual(
    bases.map(({ name }) => name),
    [LONG, "api.example.com.shop.svc", "api.example.com.shop", "api.example.com"],
  );
});

test("questions of one client that have a base in common share its record; other clients have their own", () => {
  const asked = new AskedNames(names);
  const base = asked.ask("web", "shop", LONG).bases.at(-1);
  assert.equal(asked.ask("web", "shop", "api.example.com"), base);
  assert.equal(asked.ask("web", "shop", "api.example.com.svc.cluster.local").bases.at(-1), base);
  assert.notEqual(asked.ask("cart", "shop", "api.example.com"), base);
});

test("whatever is asked, the bases of a question are the records that are found, and their number is bounded", () => {
  const maxNames = 16;
  const forms = ["", ".a.svc.cluster.local", ".svc.cluster.local", ".cluster.local"];
  const question = fc.record({
    client: fc.nat(3),
    base: fc.constantFrom("a", "b.c", "cluster.local", "x.cluster.local", "y.example.com", "z"),
    form: fc.constantFrom(...forms),
    waits: fc.constantFrom("attempt", "truncated", null),
  });
  fc.assert(
    fc.property(fc.array(question, { maxLength: 200, size: "max" }), (questions) => {
      const asked = new AskedNames(names, maxNames);
      const waiting = new Set<string>();
      for (const { client, base, form, waits } of questions) {
        const name = base + form;
        const record = asked.ask(`${client}`, "a", name);
        assert.equal(asked.find(`${client}`, name), record);
        for (const each of record.bases) assert.equal(asked.find(`${client}`, each.name), each);
        if (waits !== null && waiting.size < 8) {
          if (waits === "attempt") record.attempt = new Attempt();
          else record.truncated = new TruncatedLookup();
          waiting.add(`${client} ${name}`);
        }
        for (const key of waiting) {
          const [id = "", ...rest] = key.split(" ");
          const kept = asked.find(id, rest.join(" "));
          assert.ok(kept?.attempt || kept?.truncated, `${key} waits`);
        }
        assert.ok(asked.size <= 2 * maxNames + waiting.size, `${asked.size} names`);
      }
    }),
  );
});

test("ever new names are forgotten, and clients with them; what is asked again and again is not", () => {
  const asked = new AskedNames(names, 1_000);
  const kept = asked.ask("web", "shop", LONG);
  for (let i = 0; i < 100_000; i++) {
    asked.ask(`client ${i % 5_000}`, null, `n${i}.example.com`);
    if (i % 100 === 0) assert.equal(asked.ask("web", "shop", LONG), kept);
    assert.ok(asked.size <= 2_000);
  }
  assert.equal(asked.find("client 0", "n0.example.com"), null);
});

test("names that nobody asks for are forgotten after minutes, however few come after them", () => {
  const asked = new AskedNames(names);
  asked.advance(0);
  for (let i = 0; i < 1_000; i++) asked.ask("web", "shop", `n${i}.example.com`);
  for (let seconds = 0; seconds <= 180; seconds++) {
    asked.ask("web", "shop", LONG);
    asked.advance(seconds * 1e6);
  }
  assert.equal(asked.size, 4);
  assert.notEqual(asked.find("web", LONG), null);
});
