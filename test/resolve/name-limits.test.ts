import assert from "node:assert/strict";
import { test } from "node:test";
import { pod, service, threeNodes } from "../support/cluster/cluster-objects.ts";
import { connection, type Fact, lines, lookup } from "../support/cluster/watched-cluster.ts";

/** Clients: one looks up names without end, the other a few. */
const GREEDY = "10.244.1.5";
const OTHER = "10.244.1.6";
const objects = [
  ...threeNodes(),
  pod("shop/greedy", { ip: GREEDY }),
  pod("shop/other", { ip: OTHER }),
  service("kube-system/kube-dns", { ip: "10.96.0.10" }),
  service("shop/real", { ip: "10.96.0.20" }),
];
const HOUR = 3_600;

interface Flood {
  readonly name: string;
  /** Address of the answers; without one, the names do not exist. */
  readonly isFound: boolean;
}

/** That many lookups of one client, with a connection to each name that exists. */
function flood(count: number, { name, isFound }: Flood, begin = 1): Fact[] {
  const from = GREEDY;
  return Array.from({ length: count }, (_, i) => {
    const at = begin + i * 0.001;
    const options = { at, from, name: `n${i}.${name}` };
    if (!isFound) return [lookup({ ...options, rcode: 3 })];
    const address = `203.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
    return [lookup({ ...options, to: [address] }), connection({ at: at + 0.003, from, to: address })];
  }).flat();
}

/** The other client connects to a few other names. */
function wanted(count: number, at: number, domain = "payments.example.com"): Fact[] {
  return Array.from({ length: count }, (_, i) => [
    lookup({ at: at + i, from: OTHER, name: `api${i}.${domain}`, to: [`198.18.0.${i + 1}`] }),
    connection({ at: at + i + 0.5, from: OTHER, to: `198.18.0.${i + 1}` }),
  ]).flat();
}

function serversOf(client: string, facts: readonly Fact[]): string[] {
  return lines({ objects }, facts)
    .filter((line) => line.startsWith(`shop/${client} `))
    .map((line) => line.split(" ")[2] ?? "");
}

const api = (i: number) => `external:api${i}.payments.example.com`;

const FLOODS: readonly (Flood & { readonly title: string })[] = [
  { title: "external names that do not exist", name: "flood.example", isFound: false },
  { title: "external names that exist", name: "flood.example", isFound: true },
  { title: "Services that do not exist", name: "flood.svc.cluster.local", isFound: false },
  {
    title: "Services that do not exist, with forged answers",
    name: "a.svc.cluster.local",
    isFound: true,
  },
];

for (const each of FLOODS) {
  test(`N8: one client's ${each.title} evict no name of another client, before, meanwhile and later`, () => {
    const facts = [...wanted(3, 0.1), ...flood(6_000, each), ...wanted(3, 20), ...wanted(3, 2 * HOUR)];
    facts.sort((a, b) => a.arrivalMicros - b.arrivalMicros);
    const expected = Array.from({ length: 9 }, (_, i) => api(i % 3));
    assert.deepEqual(serversOf("other", facts), expected);
  });

  test(`N8: one client's ${each.title} are nodes up to a limit, and all of them are reported`, () => {
    const servers = serversOf("greedy", flood(6_000, each));
    assert.equal(servers.length, 6_000);
    assert.ok(new Set(servers).size <= 4_001, `${new Set(servers).size} names`);
    assert.ok(servers.includes("external:~other"));
  });
}

test("N8: names that do not exist leave room for names that do, of the same client too", () => {
  const facts = [...flood(2_000, { name: "gone.example", isFound: false }), ...wanted(1, 10)];
  const found = flood(100, { name: "found.example", isFound: true }, 30);
  const servers = serversOf(
    "greedy",
    [...facts, ...found].sort((a, b) => a.arrivalMicros - b.arrivalMicros),
  );
  assert.equal(servers.filter((server) => server.endsWith(".found.example")).length, 100);
});

test("N8: a name that was a node before it failed stays one when it fails, however many others fail", () => {
  const name = "api0.payments.example.com";
  const facts = [...wanted(1, 0.1), ...flood(2_000, { name: "gone.example", isFound: false })];
  const later = lookup({ at: 20, from: OTHER, name, rcode: 3 });
  assert.deepEqual(serversOf("other", [...facts, later]), [api(0), api(0)]);
});

test("N8: names unused for an hour make room for others", () => {
  const old = flood(1_000, { name: "old.example", isFound: true });
  const later = (at: number) => [
    lookup({ at, from: GREEDY, name: "late.example", to: ["198.18.1.1"] }),
    connection({ at: at + 0.5, from: GREEDY, to: "198.18.1.1" }),
  ];
  assert.equal(serversOf("greedy", [...old, ...later(30)]).at(-1), "external:~other");
  assert.equal(serversOf("greedy", [...old, ...later(HOUR + 60)]).at(-1), "external:late.example");
});

test("N8: existing Services do not count", () => {
  const facts = [
    ...flood(2_000, { name: "gone.svc.cluster.local", isFound: false }),
    lookup({ at: 20, from: GREEDY, name: "real.shop.svc.cluster.local", to: ["10.96.0.20"] }),
    connection({ at: 21, from: GREEDY, to: "10.96.0.20" }),
  ];
  assert.equal(serversOf("greedy", facts).at(-1), "service:shop/real");
});

test("N8: addresses without a known pod share the limit of one client", () => {
  const forged = Array.from({ length: 240 }, (_, i) =>
    Array.from({ length: 8 }, (_, j) =>
      lookup({ at: 1 + i * 0.01 + j * 0.001, from: `10.244.1.${i + 10}`, name: `n${i}-${j}.flood.example`, rcode: 3 }),
    ),
  ).flat();
  const missed = Array.from({ length: 9 }, (_, i) =>
    lookup({ at: 20 + i, from: OTHER, name: `gone${i}.example.com`, rcode: 3 }),
  );
  const expected = Array.from({ length: 9 }, (_, i) => `external:gone${i}.example.com`);
  assert.deepEqual(serversOf("other", [...forged, ...missed]), expected);
});
