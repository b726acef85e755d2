import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ResolvedNames } from "../../src/lookups/resolved-names.ts";
import { Direction } from "../../src/model/packet.ts";
import { deployed, node, pod, service, slice, threeNodes } from "../support/cluster/cluster-objects.ts";
import { connection, lines, lookup, reported } from "../support/cluster/watched-cluster.ts";
import { cpuMicros } from "../support/cpu-time.ts";

const web = pod("shop/web", { ip: ["10.244.1.5", "fd00:10:244:1::5"] });
const cart = pod("shop/cart", { ip: "10.244.1.6" });
const objects = [...threeNodes(), web, cart];
const SHARED = "203.0.113.9";

test("N2: two pods that resolved two names to one address make two edges", () => {
  const facts = [
    lookup({ at: 1, from: "10.244.1.5", name: "api.example.com", to: [SHARED] }),
    lookup({ at: 1.1, from: "10.244.1.6", name: "hooks.example.com", to: [SHARED] }),
    connection({ at: 1.2, from: "10.244.1.5", to: SHARED }),
    connection({ at: 1.3, from: "10.244.1.6", to: SHARED }),
  ];
  assert.deepEqual(lines({ objects }, facts), [
    "shop/web -> external:api.example.com established api.example.com",
    "shop/cart -> external:hooks.example.com established hooks.example.com",
  ]);
});

test("N2: of two names that one pod resolved, each connection has the last one answered before it", () => {
  const resolve = (at: number, name: string) => lookup({ at, from: "10.244.1.5", name, to: [SHARED] });
  const dial = (at: number) => connection({ at, from: "10.244.1.5", to: SHARED });
  const facts = [resolve(1, "api.example.com"), dial(1.1), resolve(2, "hooks.example.com"), dial(2.1)];
  assert.deepEqual(lines({ objects }, facts), [
    "shop/web -> external:api.example.com established api.example.com",
    "shop/web -> external:hooks.example.com established hooks.example.com",
  ]);
});

test("N2: an answer after the first SYN does not name the connection, even if the verdict comes later", () => {
  const names = ["b", "c", "a", "c"].map((first, i) =>
    lookup({ at: 1.5 + i, from: "10.244.1.5", name: `${first}.example.com`, to: [SHARED] }),
  );
  const facts = [
    lookup({ at: 1, from: "10.244.1.5", name: "a.example.com", to: [SHARED] }),
    connection({ at: 1.1, from: "10.244.1.5", to: SHARED, outcome: "timed_out", takesSeconds: 6 }),
    ...names.slice(0, 3),
  ];
  const [first] = lines({ objects }, facts);
  assert.equal(first, "shop/web -> external:a.example.com timed_out a.example.com");
});

test("N2: an answer with its last copy milliseconds before the SYN names the connection, although the fact comes later", () => {
  const facts = [
    connection({ at: 1.005, from: "10.244.1.5", to: SHARED }),
    lookup({ at: 1, from: "10.244.1.5", name: "api.example.com", to: [SHARED] }),
  ];
  assert.deepEqual(lines({ objects }, facts), ["shop/web -> external:api.example.com established api.example.com"]);
});

test("N2: a pod that queries over IPv4 and connects over IPv6 has its name", () => {
  const facts = [
    lookup({ at: 1, from: "10.244.1.5", name: "api.example.com", type: "AAAA", to: ["2001:db8::9"] }),
    connection({ at: 1.1, from: "[fd00:10:244:1::5]", to: "[2001:db8::9]:443" }),
  ];
  assert.deepEqual(lines({ objects }, facts), ["shop/web -> external:api.example.com established api.example.com"]);
});

test("N2: a name of another client is never used", () => {
  const facts = [
    lookup({ at: 1, from: "10.244.1.5", name: "api.example.com", to: [SHARED] }),
    connection({ at: 1.05, from: "10.244.1.5", to: SHARED }),
    connection({ at: 1.1, from: "10.244.1.6", to: SHARED }),
  ];
  assert.equal(lines({ objects }, facts)[1], "shop/cart -> external:external established");
});

test("N2: a name belongs to its pod, not to the address: the next owner of the address does not have it", () => {
  const first = pod("shop/first", { ip: "10.244.1.7", phase: "Succeeded", finishedSeconds: 5 });
  const second = pod("shop/second", { ip: "10.244.1.7", createdSeconds: 8 });
  const facts = [
    lookup({ at: 1, from: "10.244.1.7", name: "api.example.com", to: [SHARED] }),
    connection({ at: 1.1, from: "10.244.1.7", to: SHARED }),
    connection({ at: 10, from: "10.244.1.7", to: SHARED }),
  ];
  assert.deepEqual(lines({ objects: [...objects, first, second] }, facts), [
    "shop/first -> external:api.example.com established api.example.com",
    "shop/second -> external:external established",
  ]);
});

test("N2: every address of an answer is remembered, with the end of its chain", () => {
  const to = ["203.0.113.1", "203.0.113.2", "203.0.113.3"];
  const chain = ["edge.cdn.example.net", "e7.cdn.example.net"];
  const facts = [
    lookup({ at: 1, from: "10.244.1.5", name: "WWW.Example.com", to, chain }),
    ...to.map((address, i) => connection({ at: 1.1 + i, from: "10.244.1.5", to: address })),
  ];
  const all = reported({ objects }, facts).map(({ interaction }) => interaction);
  assert.equal(all.length, 3);
  for (const { name, canonicalName } of all) {
    assert.deepEqual([name, canonicalName], ["www.example.com", "e7.cdn.example.net"]);
  }
});

test("D3: a client that connects 50 minutes after the answer still has its name, and the name's age", () => {
  const facts = [
    lookup({ at: 1, from: "10.244.1.5", name: "api.example.com", to: [SHARED] }),
    connection({ at: 1.5, from: "10.244.1.5", to: SHARED }),
    connection({ at: 3_001, from: "10.244.1.5", to: SHARED }),
  ];
  const last = reported({ objects }, facts).at(-1)?.interaction;
  assert.equal(last?.name, "api.example.com");
  assert.equal(last?.nameAgeMicros, 2_999_998_000);
});

test("D3: a client that resolves a name repeatedly keeps it for hours, also for attempts that time out late", () => {
  const facts = Array.from({ length: 240 }, (_, i) => i * 30).flatMap((at) => [
    lookup({ at, from: "10.244.1.5", name: "down.example.com", to: [SHARED] }),
    connection({ at: at + 0.1, from: "10.244.1.5", to: SHARED, outcome: "timed_out", takesSeconds: 62 }),
  ]);
  const names = reported({ objects }, facts)
    .map(({ interaction }) => interaction)
    .filter(({ evidence }) => evidence === "handshake")
    .map(({ name }) => name);
  assert.deepEqual(new Set(names), new Set(["down.example.com"]));
  assert.equal(names.length, 240);
});

test("D3: attempts that time out late keep their name while their client resolves many others to the same address", () => {
  const facts = Array.from({ length: 40 }, (_, i) => i * 2).flatMap((at) => [
    lookup({ at, from: "10.244.1.5", name: `t${at}.example.com`, to: [SHARED] }),
    connection({ at: at + 0.1, from: "10.244.1.5", to: SHARED, outcome: "timed_out", takesSeconds: 7 }),
  ]);
  const wrong = reported({ objects }, facts)
    .map(({ interaction }) => interaction)
    .filter(({ evidence, name, timeMicros }) => {
      const second = Math.round((timeMicros / 1e6) % 86_400) - 8 * 3_600;
      return evidence === "handshake" && name !== `t${second}.example.com`;
    });
  assert.deepEqual(wrong.length, 0);
});

test("N2: a connection of a host process has the name of the Service that the server is an endpoint of", () => {
  const [set, orders] = deployed("shop/orders", { ip: "10.244.2.8", node: "b" });
  assert.ok(set && orders);
  const cluster = {
    objects: [
      ...objects,
      set,
      orders,
      service("shop/orders", { ip: "10.96.0.20" }),
      slice("shop/orders", 8080, [orders]),
      service("shop/other", { ip: "10.96.0.21" }),
      slice("shop/other", 9090, [orders]),
    ],
  };
  const facts = [
    lookup({ at: 1, from: "192.168.0.1", name: "orders.shop.svc.cluster.local", to: ["10.96.0.20"] }),
    lookup({ at: 1.1, from: "192.168.0.1", name: "other.shop.svc.cluster.local", to: ["10.96.0.21"] }),
    connection({ at: 1.2, from: "192.168.0.1", to: "10.244.2.8:8080" }),
    connection({ at: 1.3, from: "192.168.0.1", to: "10.244.2.8:9090" }),
  ];
  assert.deepEqual(lines(cluster, facts), [
    "node:a -> shop/orders established orders.shop.svc.cluster.local",
    "node:a -> shop/orders established other.shop.svc.cluster.local",
  ]);
});

test("N2: a connection of a host process has the name of a load balancer that its own node translates", () => {
  const [set, orders] = deployed("shop/orders", { ip: "10.244.2.8", node: "b" });
  assert.ok(set && orders);
  const balanced = service("shop/orders", { ip: "10.96.0.20", type: "LoadBalancer", balancerIps: ["198.51.100.7"] });
  const cluster = { objects: [...objects, set, orders, balanced, slice("shop/orders", 8080, [orders])] };
  const facts = [
    lookup({ at: 1, from: "192.168.0.1", name: "shop.example.com", to: ["198.51.100.7"] }),
    connection({ at: 1.2, from: "192.168.0.1", to: "10.244.2.8:8080" }),
  ];
  assert.deepEqual(lines(cluster, facts), ["node:a -> shop/orders established shop.example.com"]);
});

test("N2: a name that a host process resolved from one address of its node applies to connections from another", () => {
  const facts = [
    lookup({ at: 1, from: "10.244.1.1", name: "api.example.com", to: [SHARED] }),
    connection({ at: 1.2, from: "192.168.0.1", to: SHARED, direction: Direction.outgoing }),
  ];
  assert.deepEqual(lines({ objects, node: "a" }, facts), [
    "node:a -> external:api.example.com established api.example.com",
  ]);
});

test("N2: a name that a pod resolved before the API reported its address applies to its connections", () => {
  const late = pod("shop/late", { ip: ["10.244.1.9", "fd00:10:244:1::9"], createdSeconds: 0 });
  const events = [{ timeMicros: Date.UTC(2026, 10, 23, 8, 0, 3) * 1_000, type: "ADDED" as const, object: late }];
  const facts = [
    lookup({ at: 1.2, from: "10.244.1.9", name: "api.example.com", type: "AAAA", to: ["2001:db8::9"] }),
    connection({ at: 1.3, from: "[fd00:10:244:1::9]", to: "[2001:db8::9]:443" }),
  ];
  assert.deepEqual(lines({ objects, events }, facts), [
    "shop/late -> external:api.example.com established api.example.com",
  ]);
});

test("N2: the same on a network without pod ranges", () => {
  const nodes = ["a", "b"].map((name, i) => node(name, `192.168.0.${i + 1}`, []));
  const late = pod("shop/late", { ip: "10.8.3.9", createdSeconds: 0 });
  const events = [{ timeMicros: Date.UTC(2026, 10, 23, 8, 0, 3) * 1_000, type: "ADDED" as const, object: late }];
  const facts = [
    lookup({ at: 1.2, from: "10.8.3.9", name: "api.example.com", to: [SHARED] }),
    connection({ at: 1.3, from: "10.8.3.9", to: SHARED }),
  ];
  assert.deepEqual(lines({ objects: nodes, events }, facts), [
    "shop/late -> external:api.example.com established api.example.com",
  ]);
});

function addressOf(i: number): string {
  return `${10 + ((i >>> 24) & 127)}.${(i >>> 16) & 255}.${(i >>> 8) & 255}.${i & 255}`;
}

/** A resolved name with a chain of that length. */
function resolvedName(first: string, chainLength = 0) {
  const chain = Array.from({ length: chainLength }, (_, i) => `${first}-${i}.`.padEnd(200, "x"));
  return { answerMicros: 1, name: `${first}.example.com`, chain };
}

interface NameFlood {
  readonly what: string;
  readonly answers: number;
  readonly send: (names: ResolvedNames, i: number) => void;
}

const NAME_FLOODS: readonly NameFlood[] = [
  {
    what: "60 addresses each, for new clients",
    answers: 20_000,
    send: (names, i) =>
      names.add(
        `ip:${addressOf(i)}`,
        Array.from({ length: 60 }, (_, n) => addressOf(i * 60 + n)),
        resolvedName(`n${i}`),
      ),
  },
  {
    what: "60 addresses each, for 2,000 existing clients",
    answers: 40_000,
    send: (names, i) =>
      names.add(
        `pod:${i % 2_000}`,
        Array.from({ length: 60 }, (_, n) => addressOf(i * 60 + n)),
        resolvedName(`n${i}`),
      ),
  },
  {
    what: "chains of 30 kB",
    answers: 10_000,
    send: (names, i) => names.add(`pod:${i % 2_000}`, [addressOf(i)], resolvedName(`n${i}`, 150)),
  },
  {
    what: "new names for the same addresses",
    answers: 400_000,
    send: (names, i) => names.add(`pod:${i % 1_000}`, [addressOf(i % 60_000)], resolvedName(`n${i}`)),
  },
];

for (const { what, answers, send } of NAME_FLOODS) {
  test(`L3 forged answers with ${what}: memory is bounded, and an answer costs the same in each quarter`, () => {
    const names = new ResolvedNames();
    names.add("pod:web", [SHARED], resolvedName("api"));
    const micros: number[] = [];
    let most = 0;
    for (let quarter = 0; quarter < 4; quarter++) {
      const begin = cpuMicros();
      for (let i = (quarter * answers) / 4; i < ((quarter + 1) * answers) / 4; i++) {
        send(names, i);
        if (i % 100 === 0) assert.equal(names.find("pod:web", SHARED, 2)?.name, "api.example.com");
      }
      micros.push((4 * (cpuMicros() - begin)) / answers);
      most = Math.max(most, names.size);
    }
    assert.ok(most < 200_000, `${most} addresses of clients`);
    // Where the cost grew with what is kept, the last quarter would cost seven times the first one.
    assert.ok(
      Math.max(...micros) < 3 * Math.min(...micros),
      `${micros.map((each) => each.toFixed(1)).join(", ")} µs an answer`,
    );
  });
}

test("a client that queries without end evicts only its own names", () => {
  const names = new ResolvedNames();
  names.add("pod:web", [SHARED], resolvedName("api"));
  for (let i = 0; i < 300_000; i++) names.add("pod:crawler", [addressOf(i)], resolvedName(`n${i}`));
  assert.equal(names.find("pod:web", SHARED, 2)?.name, "api.example.com");
  assert.equal(names.find("pod:crawler", addressOf(299_999), 2)?.name, "n299999.example.com");
  assert.ok(names.size < 10_000, `${names.size} addresses`);
  assert.equal(names.evicted + names.size, 300_001);
});

test("a client that queries new names of one address without end keeps its other names", () => {
  const names = new ResolvedNames();
  names.add("pod:proxy", ["203.0.113.8"], resolvedName("api"));
  for (let i = 0; i < 100_000; i++) names.add("pod:proxy", [SHARED], { ...resolvedName(`n${i}`), answerMicros: i });
  assert.equal(names.find("pod:proxy", SHARED, 99_999)?.name, "n99999.example.com");
  assert.equal(names.find("pod:proxy", SHARED, 99_000)?.name, "n99000.example.com");
  assert.equal(names.find("pod:proxy", "203.0.113.8", 99_999)?.name, "api.example.com");
  assert.ok(names.evicted > 95_000 && names.evicted < 100_000, `${names.evicted} answers`);
});

test("2,000 clients with 20 names each, and a headless Service with 100 addresses, are all remembered", () => {
  const names = new ResolvedNames();
  const pods = Array.from({ length: 100 }, (_, i) => addressOf(i));
  names.add("pod:web", pods, resolvedName("headless"));
  for (let i = 0; i < 40_000; i++) names.add(`pod:${i % 2_000}`, [addressOf(i)], resolvedName(`n${i}`));
  for (let i = 0; i < 40_000; i++) {
    assert.equal(names.find(`pod:${i % 2_000}`, addressOf(i), 2)?.name, `n${i}.example.com`);
  }
  for (const pod of pods) assert.equal(names.find("pod:web", pod, 2)?.name, "headless.example.com");
  assert.equal(names.evicted, 0);
});

for (const [what, ...forged] of [
  ["60 addresses each", "60", "0"],
  ["chains of 30 kB", "1", "150"],
] as const) {
  test(`L3 24,000 forged answers with ${what} are held in less than 80 MB`, () => {
    const child = fileURLToPath(new URL("./support/forged-answers.js", import.meta.url));
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", child, ...forged], {
      timeout: 180_000,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    const rounds = stdout.trim().split("\n").map(Number);
    assert.equal(rounds.length, 6);
    assert.ok(Math.max(...rounds) < 80, `${rounds.map((megabytes) => megabytes.toFixed(1)).join(", ")} MB`);
  });
}
