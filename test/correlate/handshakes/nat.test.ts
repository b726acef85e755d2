import assert from "node:assert/strict";
import { test } from "node:test";
import { FAMILIES, type Family, type Ports, sightings, tuple } from "../support/address-book.ts";
import { answerTo, Flags, type Segment, tcpFrame } from "../support/frames.ts";
import { BEGIN_MICROS, MILLIS, SECONDS, SensorRun } from "../support/sensor-run.ts";

const ISN = 0x7fff_fff0;

interface SynOptions extends Pick<Segment, "id" | "window"> {
  readonly sequence?: number;
  readonly timestampValue?: number;
  readonly ports?: Ports;
  readonly family?: Family;
}

function syn(path: string, { sequence = ISN, ports, family = "IPv4", ...others }: SynOptions = {}): Uint8Array[] {
  const segment = { flags: Flags.syn, sequence, ...others };
  return sightings(path, family, ports).map((sighting) => tcpFrame(sighting, segment));
}

const ends = ({ connections }: SensorRun) => connections.map(({ preNat, postNat }) => [preNat, postNat]);

function synAck(path: string, { sequence = ISN, ports, family = "IPv4" }: SynOptions = {}): Uint8Array[] {
  return sightings(path, family, ports).map((sighting) => tcpFrame(sighting, answerTo(sequence)));
}

for (const family of FAMILIES) {
  test(`C1 SYNs with one initial sequence number and one source are one connection (${family})`, () => {
    const run = new SensorRun().see(0, ...syn("oth C>VIP", { family }));
    run.see(19 * MILLIS, ...syn("out C>S", { family })).wait(6 * SECONDS);
    assert.equal(run.connections.length, 1);
    assert.deepEqual(run.connections[0]?.postNat, tuple("C>S", family));
  });

  test(`C1 SYNs that share only their destination are one connection (${family})`, () => {
    const run = new SensorRun().see(0, ...syn("in C>E; out N>E", { family })).wait(6 * SECONDS);
    assert.equal(run.connections.length, 1);
    assert.deepEqual(run.connections[0]?.postNat, tuple("N>E", family));
  });

  for (const [what, options] of [
    ["timestamp value", { timestampValue: 9, id: 0 }],
    [family === "IPv4" ? "identification" : "flow label", { id: 0xbeef }],
    ["window on their way through the node, where their sender sets nothing else", { id: 0 }],
  ] as const) {
    for (const path of ["in X>NP; out N>S", "oth C>VIP; out G>Self"]) {
      const [first = "", last = ""] = path.split("; ").map((part) => part.split(" ")[1]);
      test(`C8 SYNs before and after NAT of both ends are joined by their ${what} (${path}, ${family})`, () => {
        const run = new SensorRun().see(0, ...syn(path, { family, ...options })).wait(6 * SECONDS);
        assert.deepEqual(ends(run), [[tuple(first, family), tuple(last, family)]]);
        assert.deepEqual([run.counters.handshakes.natTuplesJoined, run.counters.handshakes.natTuplesRejected], [1, 0]);
      });
    }
  }

  test(`C8 fields that NAT leaves unchanged distinguish two clients with one sequence number (${family})`, () => {
    for (const [one, other] of [
      [{ id: 1 }, { id: 2 }],
      [{ id: 1, timestampValue: 9 }, { id: 1 }],
      [{ id: 1 }, { id: 1, timestampValue: 9 }],
      [
        { id: 1, timestampValue: 9 },
        { id: 1, timestampValue: 10 },
      ],
      [
        { id: 1, window: 64_240 },
        { id: 1, window: 8_192 },
      ],
    ] as const) {
      for (const path of ["in X>NP; out N>S", "in C>VIP; out C>S", "in C>E; out N>E"]) {
        const [first = "", last = ""] = path.split("; ");
        const run = new SensorRun().see(0, ...syn(first, { family, ...one }));
        run.see(MILLIS, ...syn(last, { family, ...other })).wait(6 * SECONDS);
        assert.equal(run.connections.length, 2, `${path}: ${JSON.stringify([one, other])}`);
        assert.deepEqual([run.counters.handshakes.natTuplesJoined, run.counters.handshakes.natTuplesRejected], [0, 1]);
      }
    }
  });
}

test("C9 an incoming SYN after an outgoing one is another attempt: a packet passes a node once", () => {
  for (const [path, hops, attempts] of [
    // A process of the host dials two servers; a pod dials two; what comes back has been forwarded by others.
    ["out N>S; out N>E", [64, 64], 2],
    ["in C>VIP; out C>VIP; in C>S", [64, 63, 64], 2],
    ["in C>VIP; out C>VIP; in M>S", [64, 63, 63], 2],
    ["in C>VIP; out C>VIP; in M>S", [64, 63, 61], 1],
    ["in C>VIP; out C>S", [64, 65], 2],
    ["out C>Self; out G>Self", [64, 64], 1],
    // No more translations than NAT makes.
    ["in C>VIP; out C>S; out C>E", [64, 63, 62], 2],
    ["in C>NP; out N>NP; in M>S", [64, 63, 61], 1],
    ["in C>NP; out N>NP; in M>S; out G>S", [64, 63, 61, 60], 2],
  ] as const) {
    const run = new SensorRun();
    for (const [i, { packetType, ...sighting }] of sightings(path, "IPv4").entries()) {
      const segment = { flags: Flags.syn, sequence: ISN, hops: hops[i] };
      run.see(i * 20, tcpFrame({ packetType, ...sighting }, segment));
    }
    run.wait(6 * SECONDS);
    assert.equal(run.connections.length, attempts, `${path} with ${hops} hops left`);
  }
});

test("C2 a retransmission that NAT sends to another server, after its conntrack entry expired, has the new server", () => {
  const run = new SensorRun().see(0, ...syn("in C>VIP; out C>S", { id: 1 }));
  run.see(SECONDS, ...syn("in C>VIP; out C>E", { id: 2 })).see(SECONDS + MILLIS, ...synAck("in E>C; out VIP>C"));
  run.wait(20 * SECONDS);
  assert.deepEqual(ends(run), [[tuple("C>VIP", "IPv4"), tuple("C>E", "IPv4")]]);
  assert.deepEqual(run.outcomes, ["established"]);
});

for (const family of FAMILIES) {
  for (const [server, what] of [
    ["E", "another server"],
    ["S", "the same server"],
  ] as const) {
    test(`C2 a SYN that its client repeats after 10 ms, since the port's last connection was in TIME_WAIT, is one with ${what} (${family})`, () => {
      // The reset ends the kernel's entry of the translation too, so the repeated SYN is translated anew.
      const reset = sightings("in C>VIP; out C>S", family).map((sighting) =>
        tcpFrame(sighting, { flags: Flags.rst, sequence: 9 }),
      );
      const run = new SensorRun().see(0, ...syn("in C>VIP; out C>S", { family, id: 1 })).see(25, ...reset);
      run.see(10 * MILLIS, ...syn(`in C>VIP; out C>${server}`, { family, id: 2 }));
      run.see(10 * MILLIS + 40, ...synAck(`in ${server}>C; out VIP>C`, { family })).wait(20 * SECONDS);
      assert.deepEqual(ends(run), [[tuple("C>VIP", family), tuple(`C>${server}`, family)]]);
      assert.deepEqual([run.outcomes, run.connections[0]?.retries], [["established"], 1]);
      assert.equal(run.counters.handshakes.natTuplesRejected, 0);
    });
  }
}

test("C2 a retransmission joins its attempt after another attempt with the same number began", () => {
  const run = new SensorRun().see(0, ...syn("in C>VIP", { id: 1 })).see(100 * MILLIS, ...syn("in C>E", { id: 9 }));
  run.see(SECONDS, ...syn("in C>VIP; out C>S", { id: 2 })).wait(20 * SECONDS);
  assert.deepEqual(
    run.connections.map(({ postNat, retries }) => [postNat, retries]),
    [
      [tuple("C>E", "IPv4"), 0],
      [tuple("C>S", "IPv4"), 1],
    ],
  );
});

test("C9 SYNs with one port and one number are many attempts, however far apart", () => {
  for (const gap of [21 * MILLIS, 300 * MILLIS, SECONDS, 4 * SECONDS]) {
    const run = new SensorRun().see(0, ...syn("in C>S")).see(gap, ...syn("in C>E"));
    run.see(gap + MILLIS, ...sightings("out E>C", "IPv4").map((sighting) => tcpFrame(sighting, answerTo(ISN))));
    run.wait(20 * SECONDS);
    const reported = run.connections.map(({ postNat, outcome }) => [postNat.destination.address, outcome]);
    assert.deepEqual(reported.sort(), [
      [tuple("C>S", "IPv4").destination.address, "timed_out"],
      [tuple("C>E", "IPv4").destination.address, "established"],
    ]);
  }
});

test("C1 two clients that chose one initial sequence number within 20 ms are two connections", () => {
  const other = { C: 40_001 };
  const run = new SensorRun().see(0, ...syn("oth C>VIP; out C>S", { timestampValue: 1 }));
  run.see(5 * MILLIS, ...syn("oth X>E; out X>E", { timestampValue: 2, ports: other }));
  run.see(6 * MILLIS, ...synAck("oth S>C; out VIP>C"), ...synAck("out E>X")).wait(6 * SECONDS);
  assert.deepEqual(
    run.connections.map(({ preNat, postNat, outcome }) => [preNat, postNat, outcome]),
    [
      [tuple("C>VIP", "IPv4"), tuple("C>S", "IPv4"), "established"],
      [tuple("X>E", "IPv4"), tuple("X>E", "IPv4"), "established"],
    ],
  );
});

for (const family of FAMILIES) {
  for (const path of [
    "in X>NP; out F>S",
    "in X>NP; out X>S",
    "in C>E; out N>E",
    "oth C>VIP; out C>S",
    "oth C>VIP; out G>Self",
  ]) {
    const [arrival = "", departure = ""] = path.split("; ");
    const last = departure.replace("out ", "");

    test(`C1 a SYN that an overloaded node holds for 23 or 390 ms before it leaves is one connection (${path}, ${family})`, () => {
      for (const held of [23 * MILLIS, 390 * MILLIS]) {
        for (const options of [{ id: 7 }, { id: 0, timestampValue: 9 }]) {
          const run = new SensorRun().see(0, ...syn(arrival, { family, ...options }));
          run.see(held, ...syn(departure, { family, ...options })).wait(6 * SECONDS);
          assert.deepEqual(ends(run), [[tuple(arrival.replace(/^\w+ /, ""), family), tuple(last, family)]]);
          assert.deepEqual(run.connections[0]?.retries, 0);
        }
      }
    });

    test(`C9 a SYN that leaves more than 20 ms after another is another connection without evidence (${path}, ${family})`, () => {
      for (const [what, before, after, gap] of [
        ["later than a node holds a packet", { id: 7 }, { id: 7 }, 401],
        ["another identification", { id: 7 }, { id: 8 }, 23],
        ["no identification", { id: 0 }, { id: 0 }, 23],
        ["another timestamp", { timestampValue: 9 }, { timestampValue: 10 }, 23],
      ] as const) {
        const run = new SensorRun().see(0, ...syn(arrival, { family, ...before }));
        run.see(gap * MILLIS, ...syn(departure, { family, ...after })).wait(6 * SECONDS);
        assert.equal(run.connections.length, 2, what);
      }
    });
  }

  test(`C9 a SYN that leaves more than 20 ms after several alike arrived is none of them (${family})`, () => {
    const run = new SensorRun().see(0, ...syn("in X>NP", { family }));
    run.see(100 * MILLIS, ...syn("in X>NP", { family, ports: { X: 50_001 } }));
    run.see(200 * MILLIS, ...syn("out F>S", { family })).wait(6 * SECONDS);
    assert.equal(run.connections.length, 3);
  });

  test(`C9 a SYN that arrives more than 20 ms before the retransmission that it foretells takes no connection (${family})`, () => {
    for (const gap of [100, 390]) {
      const again = { family, id: 8, timestampValue: 2_000 };
      const run = new SensorRun().see(0, ...syn("out N>Self", { family, id: 7, timestampValue: 1_000 }));
      run.see((1_000 - gap) * MILLIS, ...syn("in C>E", again)).see(1_000 * MILLIS, ...syn("out N>Self", again));
      run.see(1_001 * MILLIS, ...synAck("in Self>N", { family })).wait(20 * SECONDS);
      const established = run.connections.filter(({ outcome }) => outcome === "established");
      assert.deepEqual(
        established.map(({ preNat }) => preNat),
        [tuple("N>Self", family)],
      );
    }
  });

  test(`C9 a node holds no SYN of a packet generator, also where the others are decided (${family})`, () => {
    const run = new SensorRun().see(0, ...syn("in C>S", { family }), ...syn("in C>E", { family }));
    run.see(MILLIS, ...syn("in C>VIP", { family })).see(3 * MILLIS, ...synAck("in S>C", { family }));
    run.see(4 * MILLIS, ...synAck("in E>C", { family })).see(100 * MILLIS, ...syn("out N>H", { family }));
    assert.equal(run.wait(20 * SECONDS).connections.length, 4);
  });

  test(`C9 SYNs more than 20 ms apart that both arrived, or both left, are two connections (${family})`, () => {
    for (const [one, other] of [
      ["oth C>VIP", "in C>S"],
      ["out N>E", "out G>E"],
      ["out C>VIP", "in N>S"],
      ["unknown C>VIP", "unknown C>S"],
    ] as const) {
      const run = new SensorRun().see(0, ...syn(one, { family })).see(21 * MILLIS, ...syn(other, { family }));
      run.wait(6 * SECONDS);
      assert.equal(run.connections.length, 2, `${one}, then ${other}`);
    }
  });
}

test("C9 a SYN of a decided attempt counts as that alone, though an open attempt has its number", () => {
  const run = new SensorRun().see(0, ...syn("in C>S")).see(MILLIS, ...synAck("out S>C"));
  run.see(2 * MILLIS, ...syn("in X>E")).see(3 * MILLIS, ...syn("in C>S"));
  const { synsAfterVerdict, natTuplesRejected } = run.counters.handshakes;
  assert.deepEqual([synsAfterVerdict, natTuplesRejected], [1, 0]);
});

test("C1 sightings are never counted: one to six of them are one connection without retries", () => {
  for (let count = 1; count <= 6; count++) {
    const path = Array.from({ length: count }, () => "out C>S").join("; ");
    const run = new SensorRun().see(0, ...syn(path)).wait(6 * SECONDS);
    assert.deepEqual([run.connections.length, run.connections[0]?.retries, run.repeating.length], [1, 0, 0]);
  }
});

test("C2 five retransmissions are one connection that began with its first SYN", () => {
  const run = new SensorRun();
  for (const second of [0, 1, 2, 3, 4, 5]) run.see(second * SECONDS, ...syn("oth C>VIP; in C>S; out C>S"));
  run.see(5 * SECONDS + MILLIS, ...synAck("in S>C; out VIP>C")).wait(20 * SECONDS);
  const [connection] = run.connections;
  assert.deepEqual([run.connections.length, connection?.outcome, connection?.retries], [1, "established", 5]);
  assert.deepEqual([connection?.startMicros, connection?.endMicros], [BEGIN_MICROS, BEGIN_MICROS + 5_001_016]);
  assert.deepEqual([connection?.preNat, connection?.postNat], [tuple("C>VIP", "IPv4"), tuple("C>S", "IPv4")]);
});

test("C2 a connection established by its third SYN is reported as repeating once, at the second", () => {
  const run = new SensorRun().see(0, ...syn("in C>VIP; out C>S")).see(SECONDS, ...syn("in C>VIP; out C>S"));
  run.wait(SECONDS + 100 * MILLIS);
  assert.deepEqual([run.repeating.length, run.connections.length], [1, 0]);
  assert.deepEqual([run.repeating[0]?.retries, run.repeating[0]?.startMicros], [1, BEGIN_MICROS]);
  run.see(3 * SECONDS, ...syn("in C>VIP; out C>S")).see(3 * SECONDS + MILLIS, ...synAck("in S>C; out VIP>C"));
  run.finish();
  assert.deepEqual([run.repeating.length, run.outcomes], [1, ["established"]]);
});

test("C2 the same addresses and ports with a new sequence number are a new connection", () => {
  const run = new SensorRun().see(0, ...syn("in C>VIP; out C>S")).see(MILLIS, ...synAck("in S>C; out VIP>C"));
  run.see(10 * MILLIS, ...syn("in C>VIP; out C>S", { sequence: 5 }));
  run.see(11 * MILLIS, ...synAck("in S>C; out VIP>C", { sequence: 5 })).finish();
  assert.deepEqual(run.outcomes, ["established", "established"]);
  assert.deepEqual(
    run.connections.map(({ startMicros }) => startMicros - BEGIN_MICROS),
    [0, 10 * MILLIS],
  );
});

test("C2 one source port to three ClusterIPs is three connections", () => {
  const run = new SensorRun();
  for (const [i, VIP] of [80, 81, 82].entries()) {
    run.see(i * MILLIS, ...syn("oth C>VIP; out C>S", { sequence: 1000 * i, ports: { VIP } }));
    run.see(i * MILLIS + 100, ...synAck("oth S>C; out VIP>C", { sequence: 1000 * i, ports: { VIP } }));
  }
  run.finish();
  assert.deepEqual(
    run.connections.map(({ preNat }) => preNat.destination.port),
    [80, 81, 82],
  );
});

const REPEATS = [0, 1, 2, 3.1, 4.1].map((second) => second * SECONDS);
const HOPS = ["oth C>VIP", "in C>S", "out N>S"];

for (const round of REPEATS.keys()) {
  for (const [hop, lost] of HOPS.entries()) {
    test(`C2 SYN ${round + 1} of five that loses its sighting ${lost} is still the same connection`, () => {
      const run = new SensorRun();
      for (const [i, at] of REPEATS.entries()) {
        const path = HOPS.filter((_, at) => i !== round || at !== hop).join("; ");
        run.see(at, ...syn(path, { timestampValue: 100 + i }));
      }
      run.wait(12 * SECONDS).finish();
      assert.deepEqual([run.outcomes, run.connections[0]?.retries, run.repeating.length], [["timed_out"], 4, 1]);
      assert.deepEqual(run.connections[0]?.postNat, tuple("N>S", "IPv4"));
    });
  }
}

test("C2 what a server sends on of a retransmission that it got is no second translation of it", () => {
  const run = new SensorRun();
  const see = (at: number, path: string, hops: readonly number[], id: number) => {
    for (const [i, sighting] of sightings(path, "IPv4").entries())
      run.see(at + i * 20, tcpFrame(sighting, { flags: Flags.syn, sequence: ISN, hops: hops[i], id }));
  };
  see(0, "in C>VIP; out C>S", [64, 63], 1);
  see(SECONDS, "in C>VIP; out C>S; in C>E; out C>E", [64, 63, 62, 61], 2);
  run.see(SECONDS + MILLIS, ...synAck("in S>C; out VIP>C")).wait(20 * SECONDS);
  assert.deepEqual(ends(run)[0], [tuple("C>VIP", "IPv4"), tuple("C>S", "IPv4")]);
  assert.equal(run.outcomes[0], "established");
});
