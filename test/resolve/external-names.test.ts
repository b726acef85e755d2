import assert from "node:assert/strict";
import { test } from "node:test";
import { pod, service, threeNodes } from "./support/cluster-objects.ts";
import { connection, type Fact, lines, lookup, told } from "./support/watched-cluster.ts";

const WEB = "10.244.1.5";
const objects = [...threeNodes(), pod("shop/web", { ip: WEB }), service("kube-system/kube-dns", { ip: "10.96.0.10" })];
const externalCidrs = [
  { cidr: "10.0.0.0/8", name: "company" },
  { cidr: "10.1.0.0/16", name: "office" },
  { cidr: "2001:db8:5::/48", name: "office-v6" },
];

test("N8: an external end is the question that was asked, folded, without the trailing dot, with its chain's end", () => {
  const facts = [
    lookup({ at: 1, from: WEB, name: "ApI.eXample.COM", to: ["203.0.113.9"], chain: ["x.cdn.example.net"] }),
    connection({ at: 1.1, from: WEB, to: "203.0.113.9:443" }),
  ];
  const [first] = told({ objects }, facts);
  const { name, canonicalName, server } = first?.interaction ?? {};
  assert.deepEqual(
    [name, canonicalName, server],
    ["api.example.com", "x.cdn.example.net", { type: "external", name: "api.example.com" }],
  );
});

for (const [address, expected] of [
  ["10.1.2.3", "office"],
  ["10.2.2.3", "company"],
  ["[2001:db8:5::7]", "office-v6"],
  ["203.0.113.9", "external"],
  ["[2001:db8:6::7]", "external"],
] as const) {
  test(`N8: ${address} without a name is ${expected}, as client and as server`, () => {
    const facts = [connection({ at: 1, from: WEB, to: address }), connection({ at: 2, from: address, to: WEB })];
    assert.deepEqual(lines({ objects, externalCidrs }, facts), [
      `shop/web -> external:${expected} established`,
      `external:${expected} -> shop/web established`,
    ]);
  });
}

test("N8: the name that was asked comes before the configured range", () => {
  const facts = [
    lookup({ at: 1, from: WEB, name: "db.office.example", to: ["10.1.2.3"] }),
    connection({ at: 1.1, from: WEB, to: "10.1.2.3:5432" }),
  ];
  assert.deepEqual(lines({ objects, externalCidrs }, facts), [
    "shop/web -> external:db.office.example established db.office.example",
  ]);
});

function namesOf(count: number): Fact[] {
  return Array.from({ length: count }, (_, i) => {
    const address = `203.0.${100 + (i >> 8)}.${i & 255}`;
    const at = 1 + i * 0.001;
    return [
      lookup({ at, from: WEB, name: `host-${i}.example.com`, to: [address] }),
      connection({ at: at + 0.003, from: WEB, to: address }),
    ];
  }).flat();
}

test("N8: 10,000 external names stay within the cap, and the rest is ~other", () => {
  const facts = namesOf(10_000);
  const servers = lines({ objects }, facts)
    .filter((line) => line.includes(" established "))
    .map((line) => line.split(" ")[2]);
  assert.equal(servers.length, 10_000);
  const distinct = new Set(servers);
  assert.ok(distinct.has("external:~other"));
  assert.ok(distinct.has("external:host-0.example.com"));
  assert.equal(distinct.size, 1_001);
});

test("N8: what is drawn as ~other keeps the name that was asked on the interaction", () => {
  const last = lines({ objects }, namesOf(1_500))
    .filter((line) => line.includes(" established "))
    .at(-1);
  assert.equal(last, "shop/web -> external:~other established host-1499.example.com");
});

test("N8: configured ranges keep their names when the cap is reached", {}, () => {
  const facts = [...namesOf(1_500), connection({ at: 10, from: WEB, to: "10.1.2.3" })];
  assert.equal(lines({ objects, externalCidrs }, facts).at(-1), "shop/web -> external:office established");
});

test("N8: traffic in ranges of private addresses outside the cluster is external, though it waits for news first", () => {
  const facts = [connection({ at: 1, from: WEB, to: "172.20.3.4" })];
  assert.deepEqual(lines({ objects }, facts), ["shop/web -> external:external established"]);
});
