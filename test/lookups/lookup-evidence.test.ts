import assert from "node:assert/strict";
import { test } from "node:test";
import { deployed, micros, pod, service, slice, threeNodes } from "../support/cluster/cluster-objects.ts";
import {
  connection,
  type Fact,
  lineOf,
  lines,
  lookup,
  pipelineOf,
  type WatchedCluster,
} from "../support/cluster/watched-cluster.ts";

const WEB = "10.244.1.5";
const [set, orders] = deployed("shop/orders", { ip: "10.244.2.8", node: "b" });
assert.ok(set && orders);
const objects = [
  ...threeNodes(),
  pod("shop/web", { ip: WEB }),
  set,
  orders,
  service("shop/orders", { ip: "10.96.0.20" }),
  slice("shop/orders", 8080, [orders]),
  service("data/redis", { ip: "10.96.0.21" }),
];
const here: WatchedCluster = { objects, node: "a" };

const DOMAINS = ["shop.svc.cluster.local", "svc.cluster.local", "cluster.local"];
const NODE_DOMAIN = "eu-west-1.compute.internal";

interface Search {
  readonly at?: number;
  readonly from?: string;
  readonly domains?: readonly string[];
  /** The query that is answered with an address; none: all fail with `rcode`. */
  readonly found?: string;
  readonly to?: string;
  /** The query whose name exists, but has no address. */
  readonly empty?: string;
  readonly rcode?: number | null;
}

/** The queries of glibc for a name with `ndots:5`: A and AAAA with each suffix of the search path, then without. */
function search(name: string, options: Search = {}): Fact[] {
  const { at = 1, from = WEB, domains = DOMAINS, found, to, empty, rcode = 3 } = options;
  const facts: Fact[] = [];
  for (const [i, query] of [...domains.map((domain) => `${name}.${domain}`), name].entries()) {
    const isFound = query === found;
    const isLast = query === name;
    for (const type of ["A", "AAAA"] as const) {
      const failed = { rcode: query === empty ? 0 : isLast ? rcode : 3 };
      const answer = isFound ? { to: type === "A" ? [to ?? "203.0.113.9"] : [] } : failed;
      facts.push(lookup({ at: at + 0.004 * i, from, name: query, type, ...answer }));
    }
    if (isFound) break;
  }
  return facts;
}

test("D2: NXDOMAIN for the search path before an answer is part of one successful lookup", () => {
  assert.deepEqual(lines(here, search("api.example.com", { found: "api.example.com" })), [
    "shop/web -> external:api.example.com resolved api.example.com",
  ]);
});

test("D2: NXDOMAIN for the search path before an answer leaves no lookup when a connection follows", () => {
  const facts = [
    ...search("api.example.com", { found: "api.example.com" }),
    connection({ at: 1.1, from: WEB, to: "203.0.113.9:443" }),
  ];
  assert.deepEqual(lines(here, facts), ["shop/web -> external:api.example.com established api.example.com"]);
});

test("D2: NXDOMAIN for the search domain of the node is no failed lookup", () => {
  const domains = [...DOMAINS, NODE_DOMAIN];
  const facts = search("api.example.com", { domains, found: "api.example.com" });
  assert.deepEqual(lines(here, facts), ["shop/web -> external:api.example.com resolved api.example.com"]);
});

test("D2: a short name that exists in another namespace is one successful lookup", () => {
  const facts = search("redis.data", { found: "redis.data.svc.cluster.local", to: "10.96.0.21" });
  assert.deepEqual(lines(here, facts), ["shop/web -> service:data/redis resolved redis.data.svc.cluster.local"]);
});

test("D2: a short name that exists in the own namespace is one successful lookup", () => {
  const facts = search("orders", { found: "orders.shop.svc.cluster.local", to: "10.96.0.20" });
  assert.deepEqual(lines(here, facts), ["shop/web -> shop/orders resolved orders.shop.svc.cluster.local"]);
});

interface FailureCase {
  readonly title: string;
  readonly facts: readonly Fact[];
  readonly expect: string;
}

const FAILURES: readonly FailureCase[] = [
  {
    title: "an external name that does not exist",
    facts: search("gone.example.com"),
    expect: "shop/web -> external:gone.example.com host_not_found gone.example.com",
  },
  {
    title: "an external name that does not exist, with the node's search domain",
    facts: search("gone.example.com", { domains: [...DOMAINS, NODE_DOMAIN] }),
    expect: "shop/web -> external:gone.example.com host_not_found gone.example.com",
  },
  {
    title: "a name in the own namespace that does not exist",
    facts: search("gone"),
    expect: "shop/web -> service:shop/gone host_not_found gone.shop.svc.cluster.local",
  },
  {
    title: "a name in the own namespace that does not exist, with the node's search domain",
    facts: search("gone", { domains: [...DOMAINS, NODE_DOMAIN] }),
    expect: "shop/web -> service:shop/gone host_not_found gone.shop.svc.cluster.local",
  },
  {
    title: "a name of another namespace that does not exist",
    facts: search("gone.data"),
    expect: "shop/web -> service:data/gone host_not_found gone.data.svc.cluster.local",
  },
  {
    title: "a full name in the cluster that does not exist",
    facts: search("gone.data.svc.cluster.local"),
    expect: "shop/web -> service:data/gone host_not_found gone.data.svc.cluster.local",
  },
  {
    title: "a full name in the cluster, looked up with a trailing dot",
    facts: search("gone.data.svc.cluster.local", { domains: [] }),
    expect: "shop/web -> service:data/gone host_not_found gone.data.svc.cluster.local",
  },
  {
    title: "an external name answered with SERVFAIL",
    facts: search("slow.example.com", { rcode: 2 }),
    expect: "shop/web -> external:slow.example.com try_again slow.example.com",
  },
  {
    title: "an external name answered with REFUSED",
    facts: search("slow.example.com", { rcode: 5 }),
    expect: "shop/web -> external:slow.example.com try_again slow.example.com",
  },
  {
    title: "an external name without any answer",
    facts: search("slow.example.com", { rcode: null }),
    expect: "shop/web -> external:slow.example.com try_again slow.example.com",
  },
  {
    title: "a name without an address, after the search path",
    facts: search("bare.example.com", { rcode: 0 }),
    expect: "shop/web -> external:bare.example.com host_not_found bare.example.com",
  },
  {
    title: "a name in the own namespace that another namespace has, which answers without an address",
    facts: search("data", { empty: "data.svc.cluster.local" }),
    expect: "shop/web -> service:shop/data host_not_found data.shop.svc.cluster.local",
  },
  {
    title: "SERVFAIL for A, and no address for AAAA",
    facts: [
      lookup({ at: 1, from: WEB, name: "half.example.com", rcode: 2 }),
      lookup({ at: 1, from: WEB, name: "half.example.com", type: "AAAA", to: [] }),
    ],
    expect: "shop/web -> external:half.example.com try_again half.example.com",
  },
  {
    title: "no answer for A, and no address for AAAA",
    facts: [
      lookup({ at: 1, from: WEB, name: "half.example.com", rcode: null }),
      lookup({ at: 1, from: WEB, name: "half.example.com", type: "AAAA", to: [] }),
    ],
    expect: "shop/web -> external:half.example.com try_again half.example.com",
  },
  {
    title: "an external name that a host process looks up",
    facts: search("gone.example.com", { from: "192.168.0.1", domains: [] }),
    expect: "node:a -> external:gone.example.com host_not_found gone.example.com",
  },
];

for (const { title, facts, expect } of FAILURES) {
  test(`D2: one failed lookup: ${title}`, () => assert.deepEqual(lines(here, facts), [expect]));
}

test("D2: a resolver that does not answer is one failed lookup, of the name that the program looked up", {}, () => {
  // glibc gives up after two tries with the first suffix of the search path, of 5 s each.
  const facts = [1, 6.005].flatMap((at) =>
    (["A", "AAAA"] as const).map((type) =>
      lookup({ at, from: WEB, name: "api.example.com.shop.svc.cluster.local", type, rcode: null }),
    ),
  );
  const found = lines(here, facts);
  assert.equal(found.length, 1, found.join("\n"));
  assert.match(found[0] ?? "", /^shop\/web -> external:api\.example\.com try_again /);
});

test("D2: a resolver that does not answer for a name of the cluster is one failed lookup of that Service", {}, () => {
  const facts = [1, 6.005].flatMap((at) =>
    (["A", "AAAA"] as const).map((type) =>
      lookup({ at, from: WEB, name: "redis.data.shop.svc.cluster.local", type, rcode: null }),
    ),
  );
  const found = lines(here, facts);
  assert.equal(found.length, 1, found.join("\n"));
  assert.match(found[0] ?? "", /^shop\/web -> service:data\/redis try_again /);
});

test("D2: an answer for A and none for AAAA is no failed lookup", () => {
  const facts = [
    lookup({ at: 1, from: WEB, name: "api.example.com", to: ["203.0.113.9"] }),
    lookup({ at: 1, from: WEB, name: "api.example.com", type: "AAAA", rcode: null }),
    connection({ at: 6.1, from: WEB, to: "203.0.113.9" }),
  ];
  assert.deepEqual(lines(here, facts), ["shop/web -> external:api.example.com established api.example.com"]);
});

test("D2: each search for a name that does not exist is one failed lookup", () => {
  const facts = [1, 2, 3, 30].flatMap((at) => search("gone.example.com", { at }));
  assert.deepEqual(
    lines(here, facts),
    Array(4).fill("shop/web -> external:gone.example.com host_not_found gone.example.com"),
  );
});

test("D2: two clients that look up the same missing name at the same time make two failed lookups", () => {
  const cluster = { ...here, objects: [...objects, pod("shop/cart", { ip: "10.244.1.6" })] };
  const facts = [WEB, "10.244.1.6"].flatMap((from) => search("gone", { from }));
  assert.deepEqual(lines(cluster, facts).toSorted(), [
    "shop/cart -> service:shop/gone host_not_found gone.shop.svc.cluster.local",
    "shop/web -> service:shop/gone host_not_found gone.shop.svc.cluster.local",
  ]);
});

test("D2: a failed lookup is reported beside a successful one of another name", () => {
  const facts = [...search("gone"), ...search("orders", { found: "orders.shop.svc.cluster.local", to: "10.96.0.20" })];
  assert.deepEqual(lines(here, facts).toSorted(), [
    "shop/web -> service:shop/gone host_not_found gone.shop.svc.cluster.local",
    "shop/web -> shop/orders resolved orders.shop.svc.cluster.local",
  ]);
});

test("D2: no address of one type (NODATA) is no failed lookup while the name has one of the other", () => {
  for (const [type, other, to] of [
    ["A", "AAAA", "2001:db8::9"],
    ["AAAA", "A", "203.0.113.9"],
  ] as const) {
    for (const gap of [0, 1]) {
      const facts = [
        lookup({ at: 1, from: WEB, name: "api.example.com", type, to: [] }),
        lookup({ at: 1 + gap, from: WEB, name: "api.example.com", type: other, to: [to] }),
      ];
      assert.deepEqual(lines(here, facts), ["shop/web -> external:api.example.com resolved api.example.com"]);
    }
  }
});

test("D2: an answer without an address, alone, is neither a resolved nor a failed lookup: NODATA, or a referral", () => {
  const of = (type: "A" | "AAAA") => lookup({ at: 1, from: WEB, name: "mx.example.com", type, to: [] });
  assert.deepEqual(lines(here, [of("A")]), []);
  assert.deepEqual(lines(here, [of("AAAA")]), []);
  assert.deepEqual(lines(here, [of("A"), of("AAAA")]), []);
});

test("D2: a connection within 10 s of the lookup leaves no lookup, a later one does", () => {
  const facts = (gap: number) => [
    lookup({ at: 1, from: WEB, name: "api.example.com", to: ["203.0.113.9"] }),
    lookup({ at: 1, from: WEB, name: "api.example.com", type: "AAAA", to: ["2001:db8::9"] }),
    connection({ at: 1.002 + gap, from: WEB, to: "203.0.113.9" }),
  ];
  assert.equal(lines(here, facts(9.9)).length, 1);
  assert.deepEqual(lines(here, facts(10.5)), [
    "shop/web -> external:api.example.com resolved api.example.com",
    "shop/web -> external:api.example.com established api.example.com",
  ]);
});

test("D2: a connection that times out after two minutes uses its lookup at its first retransmission", () => {
  const facts = [
    lookup({ at: 1, from: WEB, name: "down.example.com", to: ["203.0.113.9"] }),
    connection({ at: 1.1, from: WEB, to: "203.0.113.9", outcome: "repeating", takesSeconds: 1 }),
    connection({ at: 1.1, from: WEB, to: "203.0.113.9", outcome: "timed_out", takesSeconds: 130 }),
  ];
  assert.deepEqual(lines(here, facts), ["shop/web -> external:down.example.com timed_out down.example.com"]);
});

test("D2: a connection pool that looks up a name repeatedly without connecting makes one lookup each time", () => {
  const facts = [1, 31, 61].flatMap((at) =>
    search("orders", { at, found: "orders.shop.svc.cluster.local", to: "10.96.0.20" }),
  );
  assert.deepEqual(lines(here, facts), Array(3).fill("shop/web -> shop/orders resolved orders.shop.svc.cluster.local"));
});

test("D2: queries of other types than A and AAAA make no lookup", () => {
  const query = lookup({ at: 1, from: WEB, name: "_grpc._tcp.orders.shop.svc.cluster.local", to: ["10.96.0.20"] });
  const facts: Fact[] = [
    {
      arrivalMicros: query.arrivalMicros,
      feed: (pipeline) =>
        query.feed({ lookup: (fact: object) => pipeline.lookup({ ...fact, type: 33 } as never) } as typeof pipeline),
    },
  ];
  assert.deepEqual(lines(here, facts), []);
});

test("D2: only the node of the client reports a lookup", () => {
  const facts = search("gone.example.com");
  assert.equal(lines({ ...here, node: "a" }, facts).length, 1);
  for (const node of ["b", "c"]) assert.deepEqual(lines({ ...here, node }, facts), []);
});

test("D2: a lookup of a client on a node without agent is not reported", () => {
  assert.deepEqual(lines({ ...here, node: "b", agents: ["b", "c"] }, search("gone.example.com")), []);
});

test("D2: a query of a pod that has ended meanwhile still uses the search path of its namespace", () => {
  const ended = pod("shop/job", { ip: "10.244.1.9", phase: "Succeeded", finishedSeconds: 0 });
  assert.deepEqual(lines({ ...here, objects: [...objects, ended] }, search("gone", { from: "10.244.1.9" })), [
    "unresolved:10.244.1.9 -> service:shop/gone host_not_found gone.shop.svc.cluster.local",
  ]);
});

test("D2: a lookup from outside the cluster is not reported", () => {
  const facts = [lookup({ at: 1, from: "198.51.100.9", name: "gone.example.com", rcode: 3 })];
  assert.deepEqual(lines({ ...here, node: null }, facts), []);
});

for (const name of ["10-244-9-9.shop.pod.cluster.local", "foo.cluster.local", "cluster.local", "svc.cluster.local"]) {
  test(`D2: a name in the cluster domain that is no Service, ${name}, fails once`, () => {
    for (const domains of [[], DOMAINS]) {
      const found = lines(here, search(name, { domains }));
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0] ?? "", /^shop\/web -> \S+ host_not_found /);
    }
  });
}

test("D2: a search that the end of the capture cuts short is not reported as failed, a complete one is", () => {
  const complete = search("nosuch.example.com");
  // A and AAAA with two of three suffixes: the query without suffix is missing.
  assert.deepEqual(lines(here, complete.slice(0, 4), 0.5), []);
  assert.deepEqual(lines(here, complete, 0.5), [
    "shop/web -> external:nosuch.example.com host_not_found nosuch.example.com",
  ]);
});

test("D2: a lookup in the last second is not reported: its connection may have come after the end; it counts as unfinished", () => {
  for (const [restSeconds, reports, unfinished] of [
    [0.5, [], 1],
    [1.5, ["shop/web -> external:api.example.com resolved api.example.com"], 0],
  ] as const) {
    const reported: string[] = [];
    const pipeline = pipelineOf(here, (interaction) => reported.push(lineOf(interaction)));
    for (const fact of search("api.example.com", { found: "api.example.com" })) fact.feed(pipeline);
    pipeline.time(micros(1.02 + restSeconds));
    pipeline.finish();
    assert.deepEqual(reported, reports);
    assert.equal(pipeline.resolveCounters().ignored.unfinished, unfinished);
  }
});

const INTERRUPTED: readonly {
  title: string;
  facts: readonly Fact[];
  after?: readonly Fact[];
  reports: readonly string[];
  unfinished: number;
}[] = [
  { title: "resolved", facts: search("api.example.com", { found: "api.example.com" }), reports: [], unfinished: 1 },
  {
    title: "resolved, and used after it",
    facts: search("api.example.com", { found: "api.example.com" }),
    after: [connection({ at: 5, from: WEB, to: "203.0.113.9" })],
    reports: ["shop/web -> external:api.example.com established api.example.com"],
    unfinished: 0,
  },
  {
    title: "not resolved by half of the search path",
    facts: search("nosuch.example.com").slice(0, 4),
    reports: [],
    unfinished: 1,
  },
  {
    title: "not resolved by the search path",
    facts: search("nosuch.example.com"),
    reports: ["shop/web -> external:nosuch.example.com host_not_found nosuch.example.com"],
    unfinished: 0,
  },
  {
    title: "answered with a truncated answer",
    facts: [lookup({ at: 1, from: WEB, name: "many.example.com", to: ["203.0.113.9"], isTruncated: true })],
    reports: [],
    unfinished: 1,
  },
];
for (const { title, facts, after = [], reports, unfinished } of INTERRUPTED) {
  test(`D2: a lookup right before packets are missing, ${title}`, () => {
    const reported: string[] = [];
    const pipeline = pipelineOf(here, (interaction) => reported.push(lineOf(interaction)));
    for (const fact of facts) fact.feed(pipeline);
    pipeline.time(micros(1.2));
    pipeline.interrupt();
    pipeline.time(micros(4));
    for (const fact of after) fact.feed(pipeline);
    for (let at = 5; at <= 30; at++) pipeline.time(micros(at));
    assert.deepEqual(reported, reports);
    assert.equal(pipeline.resolveCounters().ignored.unfinished, unfinished);
  });
}

test("D2: after the clock was set back, packets are missing at that moment only", () => {
  const reported: string[] = [];
  const pipeline = pipelineOf(here, (interaction) => reported.push(lineOf(interaction)));
  pipeline.time(micros(3_600));
  pipeline.time(micros(0));
  for (const fact of search("nosuch.example.com", { at: 10 }).slice(0, 4)) fact.feed(pipeline);
  for (let at = 10; at <= 30; at++) pipeline.time(micros(at));
  assert.deepEqual(reported.length, 1);
});

test("D2: after the clock was set back, a name that fails again is another failed lookup", () => {
  const outcomes: string[] = [];
  const pipeline = pipelineOf(here, ({ outcome }) => outcomes.push(outcome));
  for (const at of [100, 50]) {
    for (const fact of search("gone.example.com", { at })) fact.feed(pipeline);
    pipeline.time(micros(at + 1));
  }
  pipeline.finish();
  assert.deepEqual(outcomes, ["host_not_found", "host_not_found"]);
});
