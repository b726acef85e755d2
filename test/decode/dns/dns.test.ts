import assert from "node:assert/strict";
import { test } from "node:test";
import type { Packet as DnsPacket, RecordType } from "dns-packet";
import { hashQuestion } from "../../../src/decode/dns/dns-questions.ts";
import { MAX_ANSWER_ADDRESSES } from "../../../src/model/dns-message.ts";
import { LinkType } from "../../../src/model/packet.ts";
import { concat, dnsBytes, ethernet, hex, ipv4, ipv6, packetOf, udp } from "../../support/packet-builder.ts";
import { type RecordedMessage, Recorder, record } from "../support/recorder.ts";

const RESPONSE_FLAGS = 0x0180;
const TRUNCATED = 0x0200;

function packet(message: Uint8Array, sourcePort = 53, destinationPort = 40000) {
  const ip = ipv4({ source: "10.0.0.53", destination: "10.0.0.7" }, udp(sourcePort, destinationPort, message));
  return packetOf(ip.bytes, { linkType: LinkType.raw, timeMicros: 5 });
}

function read(message: Uint8Array): RecordedMessage {
  const recorded = record(packet(message));
  assert.equal(recorded.messages.length, 1, JSON.stringify(recorded.ignored));
  return recorded.messages[0] as RecordedMessage;
}

function response(name: string, type: RecordType, answers: DnsPacket["answers"], more: Partial<DnsPacket> = {}) {
  return dnsBytes({
    type: "response",
    id: 0xbeef,
    flags: RESPONSE_FLAGS,
    questions: [{ type, name }],
    ...(answers === undefined ? {} : { answers }),
    ...more,
  });
}

const a = (name: string, data: string, ttl = 30) => ({ type: "A", name, data, ttl }) as const;
const aaaa = (name: string, data: string) => ({ type: "AAAA", name, data, ttl: 30 }) as const;
const cname = (name: string, data: string) => ({ type: "CNAME", name, data, ttl: 30 }) as const;

test("a query is decoded with all its fields", () => {
  const query = dnsBytes({
    type: "query",
    id: 0x1234,
    flags: 0x0100,
    questions: [{ type: "AAAA", name: "wWw.Example" }],
  });
  const [message] = record(packet(query, 40000, 53)).messages;
  assert.ok(message);
  const { fingerprint, ...rest } = message;
  assert.equal(fingerprint, fingerprint | 0);
  assert.deepEqual(rest, {
    timeMicros: 5,
    direction: 0,
    senderLink: 0,
    overTcp: false,
    id: 0x1234,
    isResponse: false,
    isTruncated: false,
    rcode: 0,
    question: { name: "wWw.Example", key: "www.example", type: 28, hash: hashQuestion("www.example", 28) },
    source: "10.0.0.53 40000",
    destination: "10.0.0.7 53",
    resolved: null,
    chain: null,
    omittedAddresses: 0,
    isMisnamed: false,
  });
});

interface Answer {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly resolved: readonly string[] | null;
  readonly chain?: readonly string[] | null;
}

const ANSWERS: readonly Answer[] = [
  { name: "one address", bytes: response("x.test", "A", [a("x.test", "192.0.2.1")]), resolved: ["192.0.2.1"] },
  {
    name: "several addresses, in their order",
    bytes: response("x.test", "AAAA", [aaaa("x.test", "2001:db8::2"), aaaa("x.test", "2001:db8::1")]),
    resolved: ["2001:db8::2", "2001:db8::1"],
  },
  {
    name: "a chain of CNAMEs",
    bytes: response("Asked.test", "A", [
      cname("asked.test", "B.test"),
      cname("b.TEST", "c.test"),
      a("C.test", "192.0.2.3"),
    ]),
    resolved: ["192.0.2.3"],
    chain: ["b.test", "c.test"],
  },
  {
    name: "a chain whose records stand in the wrong order",
    bytes: response("a.test", "A", [a("c.test", "192.0.2.3"), cname("b.test", "c.test"), cname("a.test", "b.test")]),
    resolved: ["192.0.2.3"],
    chain: ["b.test", "c.test"],
  },
  {
    name: "a chain of 60 links, of which the first names and the last one are kept",
    bytes: response("n0.test", "A", [
      ...Array.from({ length: 60 }, (_, i) => cname(`n${i}.test`, `n${i + 1}.test`)),
      a("n60.test", "192.0.2.60"),
    ]),
    resolved: ["192.0.2.60"],
    chain: [...Array.from({ length: 15 }, (_, i) => `n${i + 1}.test`), "n60.test"],
  },
  {
    name: "a chain that loops back to the question",
    bytes: response("A.test", "A", [cname("a.test", "b.test"), cname("b.test", "a.TEST"), a("a.test", "192.0.2.1")]),
    resolved: ["192.0.2.1"],
    chain: [],
  },
  {
    name: "a chain that loops behind the question",
    bytes: response("a.test", "A", [cname("a.test", "b.test"), cname("b.test", "c.test"), cname("c.test", "b.test")]),
    resolved: [],
    chain: ["b.test", "c.test", "b.test"],
  },
  {
    name: "a CNAME of the question to itself",
    bytes: response("A.test", "A", [a("a.test", "192.0.2.1"), cname("a.TEST", "a.test")]),
    resolved: ["192.0.2.1"],
    chain: [],
  },
  {
    name: "a CNAME of the question to itself before another one",
    bytes: response("a.test", "A", [cname("a.test", "a.test"), cname("a.test", "b.test"), a("b.test", "192.0.2.1")]),
    resolved: ["192.0.2.1"],
    chain: ["b.test"],
  },
  {
    name: "a chain that ends in nothing (NXDOMAIN)",
    bytes: response("a.test", "A", [cname("a.test", "gone.test")], { flags: RESPONSE_FLAGS | 3 }),
    resolved: [],
    chain: ["gone.test"],
  },
  {
    name: "addresses of other names too",
    bytes: response("a.test", "A", [a("a.test", "192.0.2.1"), a("evil.test", "203.0.113.1")]),
    resolved: ["192.0.2.1"],
  },
  {
    name: "addresses in the middle of the chain",
    bytes: response("a.test", "A", [a("a.test", "203.0.113.1"), cname("a.test", "b.test"), a("b.test", "192.0.2.1")]),
    resolved: ["192.0.2.1"],
    chain: ["b.test"],
  },
  {
    name: "records of other names only",
    bytes: response("a.test", "A", [a("b.test", "192.0.2.1")]),
    resolved: ["192.0.2.1"],
  },
  {
    name: "addresses in the additional section only (referral)",
    bytes: response("a.test", "A", [], {
      authorities: [{ type: "NS", name: "test", data: "ns.test" }],
      additionals: [a("ns.test", "192.0.2.53")],
    }),
    resolved: null,
    chain: null,
  },
  {
    name: "a service record with the target's address in the additional section",
    bytes: response(
      "_x._tcp.test",
      "SRV",
      [{ type: "SRV", name: "_x._tcp.test", data: { port: 5, target: "h.test" } }],
      {
        additionals: [a("h.test", "192.0.2.1")],
      },
    ),
    resolved: [],
  },
  {
    name: "all types, asked by ANY",
    bytes: response("a.test", "ANY" as RecordType, [a("a.test", "192.0.2.1")]),
    resolved: [],
  },
  {
    name: "a CNAME that was asked for",
    bytes: response("a.test", "CNAME", [cname("a.test", "b.test")]),
    resolved: [],
    chain: ["b.test"],
  },
  {
    name: "an address of class CHAOS",
    bytes: response("a.test", "A", [{ ...a("a.test", "192.0.2.1"), class: "CH" }]),
    resolved: null,
    chain: null,
  },
  { name: "no record (NODATA)", bytes: response("a.test", "A", []), resolved: null, chain: null },
  { name: "the root", bytes: response(".", "A", [a(".", "192.0.2.1")]), resolved: ["192.0.2.1"] },
];

for (const { name, bytes, resolved, chain = resolved === null ? null : [] } of ANSWERS) {
  test(`an answer with ${name} is decoded`, () => {
    const message = read(bytes);
    assert.deepEqual([message.resolved, message.chain], [resolved, chain]);
    assert.equal(message.isResponse, true);
  });
}

test("bytes of names that are ambiguous are escaped", () => {
  // "a.b" and "\" in labels, a blank, byte 0 and byte 255, then "Z"
  const name = hex("03 61 2e 62  01 5c  01 20  02 00 ff  01 5a 00");
  const header = hex("0001 0100 0001 0000 0000 0000");
  const { question } = read(concat(header, name, hex("0001 0001")));
  assert.deepEqual(question, {
    name: "a\\046b.\\092.\\032.\\000\\255.Z",
    key: "a\\046b.\\092.\\032.\\000\\255.z",
    type: 1,
    hash: hashQuestion("a\\046b.\\092.\\032.\\000\\255.z", 1),
  });
});

test("an answer to a question with an escaped name is decoded, with an escaped target", () => {
  const name = hex("03 61 2e 62 00");
  const target = hex("02 c3 9c 00");
  const message = concat(
    hex("0001 8180 0001 0002 0000 0000"),
    name,
    hex("0001 0001"),
    hex("c00c 0005 0001 00000001 0004"),
    target,
    concat(target, hex("0001 0001 00000001 0004 c0000201")),
  );
  const { resolved, chain } = read(message);
  assert.deepEqual([resolved, chain], [["192.0.2.1"], ["\\195\\156"]]);
});

test("equal questions share one object, also between query and answer", () => {
  const recorder = new Recorder();
  const query = dnsBytes({ type: "query", id: 1, questions: [{ type: "A", name: "x.test" }] });
  for (const bytes of [query, response("x.test", "A", []), response("x.test", "A", [a("x.test", "192.0.2.1")])]) {
    recorder.decoder.decode(packet(bytes));
  }
  const [first, second, third] = recorder.messages;
  assert.equal(first?.question, second?.question);
  assert.equal(first?.question, third?.question);
  recorder.decoder.decode(packet(response("X.test", "A", [])));
  assert.notEqual(first?.question, recorder.messages[3]?.question);
});

test("an answer is decoded once for any id, TTLs and later sections", () => {
  const recorder = new Recorder();
  for (const [id, ttl, option] of [
    [1, 30, "aa"],
    [2, 29, "aabb"],
    [3, 0x7fffffff, "cc"],
  ] as const) {
    const cookie = { code: 10, data: Buffer.from(option, "hex") } as never;
    const opt = { type: "OPT", name: ".", udpPayloadSize: 1232, flags: 0, options: [cookie] } as never;
    const answers = [cname("x.test", "y.test"), a("y.test", "192.0.2.1", ttl)];
    recorder.decoder.decode(packet(response("x.test", "A", answers, { id, additionals: [opt] })));
  }
  assert.deepEqual([recorder.counters.memoMisses, recorder.counters.memoHits], [1, 2]);
  assert.deepEqual(
    recorder.messages.map(({ id, resolved, chain }) => [id, resolved, chain]),
    [1, 2, 3].map((id) => [id, ["192.0.2.1"], ["y.test"]]),
  );
  assert.equal(new Set(recorder.messages.map(({ fingerprint }) => fingerprint)).size, 3);
});

test("of an answer with more addresses than are kept, the first are kept and the others are counted", () => {
  const addresses = Array.from({ length: MAX_ANSWER_ADDRESSES + 5 }, (_, i) => `192.0.${i >> 8}.${i & 255}`);
  const { resolved, omittedAddresses } = read(
    response(
      "x.test",
      "A",
      addresses.map((address) => a("x.test", address)),
    ),
  );
  assert.deepEqual([resolved, omittedAddresses], [addresses.slice(0, MAX_ANSWER_ADDRESSES), 5]);
});

test("answers that differ in one address are distinguished", () => {
  const recorder = new Recorder();
  for (let i = 0; i < 256; i++) recorder.decoder.decode(packet(response("x.test", "A", [a("x.test", `192.0.2.${i}`)])));
  assert.deepEqual(
    recorder.messages.map(({ resolved }) => resolved?.[0]),
    Array.from({ length: 256 }, (_, i) => `192.0.2.${i}`),
  );
});

test("an invalid record after the answer section does not affect the answer", () => {
  const whole = response("x.test", "A", [a("x.test", "192.0.2.1")]);
  whole[11] = 2;
  const junk = concat(whole, hex("ffff ffff"));
  assert.deepEqual(read(junk).resolved, ["192.0.2.1"]);
});

test("an invalid record of another type does not affect the addresses", () => {
  // HTTPS (65) with a parameter that is longer than the record.
  const svcb = hex("c00c 0041 0001 00000001 0007 0001 00 0001 ffff");
  const whole = concat(response("x.test", "A", [a("x.test", "192.0.2.1")]), svcb);
  whole[7] = 2;
  assert.deepEqual(read(whole).resolved, ["192.0.2.1"]);
});

test("the whole records of a truncated answer are decoded", () => {
  const flags = RESPONSE_FLAGS | TRUNCATED;
  const answers = [cname("x.test", "y.test"), a("y.test", "192.0.2.1"), a("y.test", "192.0.2.2")];
  const whole = response("x.test", "A", answers, { flags });
  const records = ["192.0.2.1", "192.0.2.2"];
  const short = read(whole);
  assert.deepEqual([short.isTruncated, short.resolved, short.chain], [true, records, ["y.test"]]);
  // An address record has 22 bytes here.
  for (let cut = 1; cut < 60; cut++) {
    const { isTruncated, resolved, chain } = read(whole.slice(0, -cut));
    const expected = cut <= 22 ? records.slice(0, 1) : cut <= 44 ? [] : null;
    assert.deepEqual([isTruncated, resolved, chain], [true, expected, expected === null ? null : ["y.test"]], `${cut}`);
    const untruncated = response("x.test", "A", answers).slice(0, -cut);
    assert.deepEqual(record(packet(untruncated)).ignored, { malformed: 1 });
  }
});

test("equal records are an answer to one question and not to another", () => {
  const { resolved, isMisnamed } = read(response("a.test", "A", [a("b.test", "192.0.2.1"), a("c.test", "192.0.2.2")]));
  assert.deepEqual([resolved, isMisnamed], [["192.0.2.1", "192.0.2.2"], true]);
  const chained = read(response("a.test", "A", [cname("a.test", "b.test"), a("c.test", "192.0.2.2")]));
  assert.deepEqual([chained.resolved, chained.chain, chained.isMisnamed], [["192.0.2.2"], ["b.test"], true]);
  const mixed = read(response("a.test", "A", [a("b.test", "192.0.2.1"), a("a.test", "192.0.2.2")]));
  assert.deepEqual([mixed.resolved, mixed.isMisnamed], [["192.0.2.2"], false]);
  const otherType = read(response("a.test", "A", [aaaa("b.test", "2001:db8::1")]));
  assert.deepEqual([otherType.resolved, otherType.isMisnamed], [null, false]);
});

const HEADER = "beef 8180 0001 0001 0000 0000";
const QUESTION = "01 78 00 0001 0001";

const IGNORED: readonly [string, Uint8Array, string][] = [
  ["nothing", hex(""), "malformed"],
  ["11 bytes", hex("0001 0100 0001 0000 0000 00"), "malformed"],
  ["no question", hex("0001 8180 0000 0000 0000 0000"), "dns_no_question"],
  ["an update", hex(`0001 2800 0001 0000 0000 0000 ${QUESTION}`), "dns_opcode"],
  ["a notify", hex(`0001 2000 0001 0000 0000 0000 ${QUESTION}`), "dns_opcode"],
  ["a question's name that points to itself", hex("0001 0100 0001 0000 0000 0000 c00c 0001 0001"), "malformed"],
  ["a label of 64 bytes", concat(hex("0001 0100 0001 0000 0000 0000 40"), new Uint8Array(70)), "malformed"],
  ["a name without end", hex("0001 0100 0001 0000 0000 0000 03 616161"), "malformed"],
  [
    "a name of 260 bytes",
    concat(hex("0001 0100 0001 0000 0000 0000"), ...Array(130).fill(hex("0161")), hex("00 0001 0001")),
    "malformed",
  ],
  ["a question without class", hex("0001 0100 0001 0000 0000 0000 00 0001"), "malformed"],
  ["a missing answer", hex(`${HEADER} ${QUESTION}`), "malformed"],
  ["an answer's owner that loops", hex(`${HEADER} ${QUESTION} c013 0001 0001 00000001 0004 c0000201`), "malformed"],
  [
    "an answer's owner that points ahead",
    hex(`${HEADER} ${QUESTION} c015 0001 0001 00000001 0004 c0000201`),
    "malformed",
  ],
  ["a CNAME that points to itself", hex(`${HEADER} ${QUESTION} c00c 0005 0001 00000001 0002 c01f`), "malformed"],
  ["an address of 3 bytes", hex(`${HEADER} ${QUESTION} c00c 0001 0001 00000001 0003 c00002`), "malformed"],
  ["an IPv6 address of 4 bytes", hex(`${HEADER} ${QUESTION} c00c 001c 0001 00000001 0004 c0000201`), "malformed"],
  ["record data beyond the message", hex(`${HEADER} ${QUESTION} c00c 0010 0001 00000001 00ff 00`), "malformed"],
];

for (const [name, bytes, reason] of IGNORED) {
  test(`a message with ${name} is ignored as ${reason}`, () => {
    const { messages, ignored } = record(packet(bytes), packet(bytes));
    assert.deepEqual([messages.length, ignored], [0, { [reason]: 2 }]);
  });
}

test("the question of a message that the capture truncated is decoded, and half an answer is not", () => {
  const nothing = packet(response("x.test", "A", [], { authorities: [{ type: "NS", name: "test", data: "ns.test" }] }));
  const question = 28 + 12 + 12;
  assert.equal(record({ ...nothing, captureLength: question }).messages.length, 1);
  assert.deepEqual(record({ ...nothing, captureLength: question - 1 }).ignored, { truncated: 1 });
  const answer = packet(
    response("x.test", "A", [a("x.test", "192.0.2.1")], { additionals: [a("y.test", "192.0.2.2")] }),
  );
  const section = question + 22;
  assert.deepEqual(record({ ...answer, captureLength: section }).messages[0]?.resolved, ["192.0.2.1"]);
  assert.deepEqual(record({ ...answer, captureLength: section - 1 }).ignored, { truncated: 1 });
});

test("messages are decoded on configured DNS ports of either end, and on no others", () => {
  const query = dnsBytes({ type: "query", id: 1, questions: [{ type: "A", name: "x.test" }] });
  const openshift = new Recorder([53, 5353]);
  for (const [source, destination] of [
    [40000, 5353],
    [5353, 40000],
    [40000, 53],
    [53, 53],
    [40000, 5352],
  ] as const) {
    openshift.decoder.decode(packet(query, source, destination));
  }
  assert.equal(openshift.messages.length, 4);
  assert.deepEqual(record(packet(query, 40000, 5353)).ignored, { uninteresting: 1 });
});

test("messages of a resolver on a link-local address and of one on IPv6 are decoded", () => {
  const query = udp(40000, 53, dnsBytes({ type: "query", id: 1, questions: [{ type: "A", name: "x.test" }] }));
  const local = ethernet(ipv4({ source: "10.0.0.7", destination: "169.254.20.10" }, query));
  const version6 = ethernet(ipv6({ source: "fd00::7", destination: "fd96::a" }, query));
  assert.deepEqual(
    record(packetOf(local), packetOf(version6)).messages.map(({ destination }) => destination),
    ["169.254.20.10 53", "fd96::a 53"],
  );
});

test("a UDP length below 8 is malformed, and one after the end of the packet ends with the packet", () => {
  const query = dnsBytes({ type: "query", id: 1, questions: [{ type: "A", name: "x.test" }] });
  const lengthAt = 24;
  const short = packet(query);
  short.bytes[lengthAt + 1] = 7;
  assert.deepEqual(record(short).ignored, { malformed: 1 });
  const long = packet(query);
  long.bytes[lengthAt] = 0xff;
  assert.equal(record(long).messages.length, 1);
});
