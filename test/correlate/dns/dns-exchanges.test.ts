import assert from "node:assert/strict";
import { test } from "node:test";
import type { Packet } from "dns-packet";
import { endpoint, FAMILIES, type Family, type Ports, sightings } from "../support/address-book.ts";
import { answer, NXDOMAIN, query, SERVFAIL, TRUNCATED } from "../support/dns-messages.ts";
import { dnsFrame, dnsTcpFrame } from "../support/frames.ts";
import { BEGIN_MICROS, MILLIS, SECONDS, SensorRun } from "../support/sensor-run.ts";

const NAME = { name: "orders.shop.svc.cluster.local" };

function udpFrames(path: string, message: Packet, family: Family = "IPv4", ports: Ports = {}): Uint8Array[] {
  return sightings(path, family, ports).map((sighting) => dnsFrame(sighting, message));
}

function tcpFrames(path: string, message: Packet, family: Family = "IPv4", ports: Ports = {}): Uint8Array[] {
  return sightings(path, family, ports).map((sighting) => dnsTcpFrame(sighting, message));
}

interface Situation {
  readonly name: string;
  readonly query: string;
  readonly answer: string;
  readonly client: string;
  readonly resolver: string;
  readonly responder: string;
}

/** Who asks whom, as one node shows it on `any`. */
const SITUATIONS: readonly Situation[] = [
  {
    name: "a pod asks cluster DNS on another node, bridge network",
    query: "oth C>DNS; in C>Core; out C>Core",
    answer: "in Core>C; out DNS>C; out DNS>C",
    client: "C",
    resolver: "DNS",
    responder: "Core",
  },
  {
    name: "a pod asks cluster DNS on another node, point-to-point network",
    query: "in C>DNS; out C>Core",
    answer: "in Core>C; out DNS>C",
    client: "C",
    resolver: "DNS",
    responder: "Core",
  },
  {
    name: "a pod asks cluster DNS on its own node, bridge network",
    query: "oth C>DNS; out C>Core",
    answer: "oth Core>C; out DNS>C",
    client: "C",
    resolver: "DNS",
    responder: "Core",
  },
  {
    name: "a pod asks the node-local cache",
    query: "oth C>Cache; in C>Cache",
    answer: "out Cache>C; out Cache>C",
    client: "C",
    resolver: "Cache",
    responder: "Cache",
  },
  {
    name: "a host process asks cluster DNS",
    query: "out F>Core",
    answer: "in Core>F",
    client: "F",
    resolver: "Core",
    responder: "Core",
  },
  {
    name: "cluster DNS asks upstream, masqueraded: the client is the pod, not the node",
    query: "oth CoreAsks>Up; in CoreAsks>Up; out N>Up",
    answer: "in Up>N; out Up>CoreAsks; out Up>CoreAsks",
    client: "CoreAsks",
    resolver: "Up",
    responder: "Up",
  },
];

for (const { name, ...path } of SITUATIONS) {
  for (const family of FAMILIES) {
    for (const [transport, frames] of [
      ["UDP", udpFrames],
      ["TCP", tcpFrames],
    ] as const) {
      test(`D1 ${name}: one lookup over ${transport} and ${family}`, () => {
        const addresses = ["10.96.0.43", "10.96.0.44"];
        const run = new SensorRun().see(0, ...frames(path.query, query(NAME), family));
        run.see(2 * MILLIS, ...frames(path.answer, answer(NAME, addresses), family)).wait(10 * SECONDS);
        // Over TCP a further sighting between the same ends is a retransmission: the stream gives each message once.
        const hops = path.answer.split("; ").map((hop) => hop.split(" ")[1]);
        const copies = transport === "UDP" ? hops.length - 1 : hops.indexOf(hops.at(-1));
        assert.deepEqual(run.finish().lookups, [
          {
            queryMicros: BEGIN_MICROS,
            answerMicros: BEGIN_MICROS + 2 * MILLIS + copies * 16,
            client: endpoint(path.client, family),
            resolver: endpoint(path.resolver, family),
            responder: endpoint(path.responder, family),
            isAsked: true,
            isTruncated: false,
            isMisnamed: false,
            isOverTcp: transport === "TCP",
            senderLink: 0,
            enclosingServer: null,
            mayBeOwn: false,
            isUnproven: false,
            name: NAME.name,
            type: 1,
            rcode: 0,
            chain: [],
            addresses,
          },
        ]);
        assert.equal(run.counters.exchanges.open, 0);
      });
    }
  }
}

test("D1 further sightings have the same bytes: an equal question with another id is another lookup", () => {
  const run = new SensorRun();
  for (const id of [1, 2]) run.see(id * 100, ...udpFrames("oth C>DNS; out C>Core", query({ ...NAME, id })));
  for (const id of [1, 2]) {
    run.see(MILLIS + id * 100, ...udpFrames("oth Core>C; out DNS>C", answer({ ...NAME, id }, ["10.96.0.43"])));
  }
  assert.equal(run.finish().lookups.length, 2);
});

test("D1 equal bytes later than 50 ms are another lookup", () => {
  const run = new SensorRun();
  for (const at of [0, 60 * MILLIS]) {
    run.see(at, ...udpFrames("oth C>DNS; out C>Core", query(NAME)));
    run.see(at + MILLIS, ...udpFrames("oth Core>C; out DNS>C", answer(NAME, ["10.96.0.43"])));
  }
  assert.equal(run.finish().lookups.length, 2);
});

for (const family of FAMILIES) {
  for (const [arrival, departure, answered, client] of [
    ["in C>DNS", "out C>Core", "in Core>C; out DNS>C", "C"],
    ["oth C>DNS; in C>Core", "out C>Core", "in Core>C; out DNS>C; out DNS>C", "C"],
    ["in C>Up", "out N>Up", "in Up>N; out Up>C", "C"],
  ] as const) {
    test(`D1 a query that an overloaded node holds for 60 or 390 ms before it leaves is one lookup (${arrival}, ${family})`, () => {
      for (const held of [60 * MILLIS, 390 * MILLIS]) {
        for (const message of [answer(NAME, ["10.96.0.43"]), answer(NAME, [], NXDOMAIN)]) {
          const run = new SensorRun().see(0, ...udpFrames(arrival, query(NAME), family));
          run.see(held, ...udpFrames(departure, query(NAME), family));
          run.see(held + MILLIS, ...udpFrames(answered, message, family)).wait(10 * SECONDS);
          assert.deepEqual(
            run.lookups.map((lookup) => [lookup.client, lookup.queryMicros]),
            [[endpoint(client, family), BEGIN_MICROS]],
          );
        }
      }
    });
  }

  for (const first of ["in C>Up; out C>Up", "in C>Up; out G>Up", "in C>Cache; out C>Up"]) {
    test(`D1 a query that has left the node does not take a later one of the host (${first}, ${family})`, () => {
      const run = new SensorRun().see(0, ...udpFrames(first, query(NAME), family));
      run.see(300 * MILLIS, ...udpFrames("out N>Up", query(NAME), family)).wait(10 * SECONDS);
      assert.equal(run.lookups.length, 2);
    });
  }

  test(`D1 a query that leaves after two equal ones that the node may hold is neither of them (${family})`, () => {
    const run = new SensorRun().see(0, ...udpFrames("in C>Up", query(NAME), family));
    run.see(100 * MILLIS, ...udpFrames("in C>Up", query(NAME), family, { C: 40_001 }));
    run.see(300 * MILLIS, ...udpFrames("out N>Up", query(NAME), family)).wait(10 * SECONDS);
    assert.equal(run.lookups.length, 3);
  });

  test(`D1 equal queries more than 50 ms apart that both arrived or both left are two (${family})`, () => {
    for (const [one, other] of [
      ["in C>DNS", "in C>DNS"],
      ["out N>Up", "out N>Up"],
      ["unknown C>DNS", "unknown C>Core"],
      ["out N>Up", "out G>Up"],
    ] as const) {
      const run = new SensorRun().see(0, ...udpFrames(one, query(NAME), family));
      run.see(60 * MILLIS, ...udpFrames(other, query(NAME), family)).wait(10 * SECONDS);
      assert.equal(run.lookups.length, 2, `${one}, then ${other}`);
    }
  });
}

for (const [family, what, second] of FAMILIES.flatMap((family) => [
  [family, "another", "10.96.0.44"] as const,
  [family, "the same", "10.96.0.43"] as const,
])) {
  test(`D1 another client's equal query with the same id is another lookup, with ${what} answer, over ${family}`, () => {
    const run = new SensorRun();
    run.see(0, ...udpFrames("in C>DNS; out C>Core", query(NAME), family));
    run.see(MILLIS, ...udpFrames("in X>DNS; out X>Core", query(NAME), family));
    run.see(2 * MILLIS, ...udpFrames("in Core>C; out DNS>C", answer(NAME, ["10.96.0.43"]), family));
    run.see(3 * MILLIS, ...udpFrames("in Core>X; out DNS>X", answer(NAME, [second]), family));
    run.wait(10 * SECONDS);
    assert.deepEqual(
      run.lookups.map(({ client, queryMicros, addresses }) => [client, queryMicros, addresses]),
      [
        [endpoint("C", family), BEGIN_MICROS, ["10.96.0.43"]],
        [endpoint("X", family), BEGIN_MICROS + MILLIS, [second]],
      ],
    );
    assert.equal(run.counters.exchanges.unanswered, 0);
  });
}

test("D2 A and AAAA queries from one port are two lookups, each with its own answer", () => {
  const wanted = [
    { ...NAME, id: 10, type: "A" },
    { ...NAME, id: 11, type: "AAAA" },
  ] as const;
  const run = new SensorRun();
  for (const asked of wanted) run.see(0, ...udpFrames("in C>DNS; out C>Core", query(asked)));
  // The answers come in the other order.
  run.see(MILLIS, ...udpFrames("in Core>C; out DNS>C", answer(wanted[1], ["fd96::2b"])));
  run.see(2 * MILLIS, ...udpFrames("in Core>C; out DNS>C", answer(wanted[0], ["10.96.0.43"])));
  run.finish();
  assert.deepEqual(
    run.lookups.map(({ type, addresses }) => [type, addresses]),
    [
      [28, ["fd96::2b"]],
      [1, ["10.96.0.43"]],
    ],
  );
});

for (const [name, flags, rcode] of [
  ["NXDOMAIN", NXDOMAIN, 3],
  ["SERVFAIL", SERVFAIL, 2],
  ["an empty answer", 0x0180, 0],
] as const) {
  test(`D2 ${name} is an answered lookup without addresses`, () => {
    const run = new SensorRun().see(0, ...udpFrames("in C>DNS; out C>Core", query(NAME)));
    run.see(MILLIS, ...udpFrames("in Core>C; out DNS>C", answer(NAME, [], flags))).finish();
    assert.deepEqual(
      run.lookups.map((lookup) => [lookup.rcode, lookup.addresses, lookup.answerMicros !== null]),
      [[rcode, [], true]],
    );
  });
}

test("D2 a query without an answer is an unanswered lookup after 5 s, not before", () => {
  const run = new SensorRun().see(0, ...udpFrames("oth C>DNS; in C>Core; out C>Core", query(NAME)));
  assert.equal(run.wait(4.99 * SECONDS).lookups.length, 0);
  run.wait(5 * SECONDS);
  const [lookup] = run.lookups;
  assert.deepEqual(
    [lookup?.answerMicros, lookup?.rcode, lookup?.responder, lookup?.client, lookup?.resolver],
    [null, null, null, endpoint("C", "IPv4"), endpoint("DNS", "IPv4")],
  );
  assert.equal(run.counters.exchanges.unanswered, 1);
});

test("D2 an open query at the end of a file is not a lookup", () => {
  const run = new SensorRun().see(0, ...udpFrames("in C>DNS; out C>Core", query(NAME))).finish();
  assert.deepEqual(run.lookups, []);
  assert.equal(run.counters.exchanges.open, 0);
});

test("D2 an answer that waits for its last sighting is reported at the end of a file", () => {
  const run = new SensorRun().see(0, ...udpFrames("in C>DNS; out C>Core", query(NAME)));
  run.see(MILLIS, ...udpFrames("in Core>C", answer(NAME, ["10.96.0.43"]))).finish();
  assert.equal(run.lookups.length, 1);
});

test("D1 an answer whose query was not seen is a lookup without resolver", () => {
  const run = new SensorRun().see(0, ...udpFrames("in Core>C; out DNS>C", answer(NAME, ["10.96.0.43"]))).finish();
  const [lookup] = run.lookups;
  assert.deepEqual([run.lookups.length, lookup?.resolver, lookup?.client], [1, null, endpoint("C", "IPv4")]);
  assert.deepEqual([lookup?.queryMicros, lookup?.addresses], [BEGIN_MICROS, ["10.96.0.43"]]);
  assert.equal(run.counters.exchanges.answersWithoutQuery, 1);
});

test("D1 an answer that the capture shows some microseconds before its query is still one lookup", {}, () => {
  const run = new SensorRun().see(0, ...udpFrames("in Core>C", answer(NAME, ["10.96.0.43"])));
  run.see(2, ...udpFrames("in C>DNS; out C>Core", query(NAME)));
  run.see(20, ...udpFrames("out DNS>C", answer(NAME, ["10.96.0.43"]))).wait(10 * SECONDS);
  assert.deepEqual(
    run.lookups.map(({ rcode }) => rcode),
    [0],
  );
});

test("D5 a truncated answer keeps its complete records; its retry over TCP, with the same id, is another lookup", () => {
  const many = Array.from({ length: 45 }, (_, i) => `10.96.1.${i}`);
  const run = new SensorRun().see(0, ...udpFrames("oth C>DNS; in C>Core; out C>Core", query(NAME)));
  run.see(MILLIS, ...udpFrames("in Core>C; out DNS>C; out DNS>C", answer(NAME, many.slice(0, 29), TRUNCATED)));
  run.see(3 * MILLIS, ...tcpFrames("oth C>DNS; in C>Core; out C>Core", query(NAME)));
  run.see(4 * MILLIS, ...tcpFrames("in Core>C; out DNS>C; out DNS>C", answer(NAME, many))).wait(10 * SECONDS);
  assert.deepEqual(
    run.lookups.map(({ isTruncated, rcode, addresses }) => [isTruncated, rcode, addresses]),
    [
      [true, 0, many.slice(0, 29)],
      [false, 0, many],
    ],
  );
  assert.equal(run.counters.exchanges.truncatedAnswers, 1);
});

test("D2 names are equal in any case (0x20), also if the answer does not preserve the case", () => {
  const mixed = "oRdErS.ShOp.SVC.cluster.LOCAL";
  for (const spelling of [mixed, mixed.toLowerCase()]) {
    const run = new SensorRun().see(0, ...udpFrames("in C>DNS; out C>Core", query({ name: mixed })));
    run.see(MILLIS, ...udpFrames("in Core>C; out DNS>C", answer({ name: spelling }, ["10.96.0.43"]))).wait(9 * SECONDS);
    assert.deepEqual(
      run.lookups.map(({ name, addresses }) => [name, addresses]),
      [[mixed.toLowerCase(), ["10.96.0.43"]]],
    );
  }
});

test("D3 the fact has the CNAME chain in order", () => {
  const { name } = NAME;
  const message: Packet = {
    ...answer(NAME, []),
    answers: [
      { type: "CNAME", name, data: "Edge.cdn.example" },
      { type: "CNAME", name: "edge.cdn.example", data: "edge7.cdn.example" },
      { type: "A", name: "edge7.cdn.example", data: "198.51.100.7" },
    ],
  };
  const run = new SensorRun()
    .see(0, ...udpFrames("in C>DNS", query(NAME)))
    .see(MILLIS, ...udpFrames("out DNS>C", message));
  const [lookup] = run.finish().lookups;
  assert.deepEqual(lookup?.chain, ["edge.cdn.example", "edge7.cdn.example"]);
  assert.deepEqual(lookup?.addresses, ["198.51.100.7"]);
});

test("D3 each fact has the chain of its own answer, where the answers to one question take turns", () => {
  const { name } = NAME;
  const targets = ["edge1.cdn.example", "edge2.cdn.example", "edge1.cdn.example", "edge2.cdn.example"];
  const run = new SensorRun();
  for (const [i, target] of targets.entries()) {
    const question = { ...NAME, id: 100 + i };
    const answers: Packet["answers"] = [
      { type: "CNAME", name, data: target },
      { type: "A", name: target, data: "198.51.100.7" },
    ];
    run.see(i * SECONDS, ...udpFrames("in C>DNS", query(question)));
    run.see(i * SECONDS + MILLIS, ...udpFrames("out DNS>C", { ...answer(question, []), answers }));
  }
  assert.deepEqual(
    run.finish().lookups.flatMap(({ chain }) => chain),
    targets,
  );
});

test("D2 a query that is retransmitted after a timeout and answered is one answered lookup", () => {
  const run = new SensorRun().see(0, ...udpFrames("in C>DNS; out C>Core", query(NAME)));
  run.see(2.5 * SECONDS, ...udpFrames("in C>DNS; out C>Core", query(NAME)));
  run.see(2.501 * SECONDS, ...udpFrames("in Core>C; out DNS>C", answer(NAME, ["10.96.0.43"]))).wait(20 * SECONDS);
  assert.equal(run.lookups.filter(({ rcode }) => rcode === 0).length, 1);
});

test("D2 DNS servers evicted from the full table are counted", () => {
  const run = new SensorRun();
  const client = endpoint("C", "IPv4");
  for (let i = 0; i < 1_100; i++) {
    const server = { address: `10.45.${i >> 8}.${i & 255}`, port: 53 };
    const [asked, answered] = [query({ ...NAME, id: i }), answer({ ...NAME, id: i }, ["10.96.0.43"])];
    run.see(i * MILLIS, dnsFrame({ packetType: 0, source: client, destination: server }, asked));
    run.see(i * MILLIS + 500, dnsFrame({ packetType: 4, source: server, destination: client }, answered));
  }
  assert.deepEqual([run.finish().lookups.length, run.counters.exchanges.serversEvicted], [1_100, 1_100 - 1_024]);
});

test("D7 DNS is decoded on all DNS ports, and on no others", () => {
  for (const [dnsPorts, found] of [
    [[53], 0],
    [[53, 5353], 1],
  ] as const) {
    const ports = { DNS: 5353, Core: 5353 };
    const run = new SensorRun(dnsPorts).see(0, ...udpFrames("in C>DNS; out C>Core", query(NAME), "IPv4", ports));
    run.see(MILLIS, ...udpFrames("in Core>C; out DNS>C", answer(NAME, ["10.96.0.43"]), "IPv4", ports)).finish();
    assert.equal(run.lookups.length, found);
  }
});
