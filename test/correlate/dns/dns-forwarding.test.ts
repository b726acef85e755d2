import assert from "node:assert/strict";
import { test } from "node:test";
import { endpoint, FAMILIES, type Family, sightings } from "../support/address-book.ts";
import { answer, query } from "../support/dns-messages.ts";
import { dnsFrame, dnsTcpFrame } from "../support/frames.ts";
import { MILLIS, SECONDS, SensorRun } from "../support/sensor-run.ts";

const ASKED = { name: "api.example.com", id: 1 };
const FORWARDED = { name: "api.example.com", id: 2 };
const ADDRESSES = ["198.51.100.7"];

function frames(path: string, message: Parameters<typeof dnsFrame>[1], family: Family, build = dnsFrame): Uint8Array[] {
  return sightings(path, family).map((sighting) => build(sighting, message));
}

/** Each lookup's client, and the server of the equal question that stood open around it. */
function forwarding(run: SensorRun) {
  return run.lookups.map(({ client, enclosingServer }) => [client.address, enclosingServer]);
}

for (const family of FAMILIES) {
  const address = (name: string) => endpoint(name, family).address;

  test(`D1 a query that cluster DNS forwards upstream has the pod as its origin (${family})`, () => {
    const run = new SensorRun().see(0, ...frames("oth C>DNS; out C>Core", query(ASKED), family));
    const upstream = "oth CoreAsks>Up; in CoreAsks>Up; out N>Up";
    run.see(MILLIS, ...frames(upstream, query(FORWARDED), family));
    const back = "in Up>N; out Up>CoreAsks; out Up>CoreAsks";
    run.see(9 * MILLIS, ...frames(back, answer(FORWARDED, ADDRESSES), family));
    run.see(10 * MILLIS, ...frames("oth Core>C; out DNS>C", answer(ASKED, ADDRESSES), family)).finish();
    assert.deepEqual(forwarding(run), [
      [address("CoreAsks"), address("Core")],
      [address("C"), null],
    ]);
  });

  test(`D2 a query that a node-local cache forwards over TCP has the client as its origin (${family})`, () => {
    const run = new SensorRun().see(0, ...frames("oth C>Cache; in C>Cache", query(ASKED), family));
    run.see(MILLIS, ...frames("out F>Core", query(FORWARDED), family, dnsTcpFrame));
    run.see(2 * MILLIS, ...frames("in Core>F", answer(FORWARDED, ADDRESSES), family, dnsTcpFrame));
    run.see(3 * MILLIS, ...frames("out Cache>C; out Cache>C", answer(ASKED, ADDRESSES), family)).finish();
    assert.deepEqual(forwarding(run), [
      [address("F"), address("Cache")],
      [address("C"), null],
    ]);
  });

  test(`D2 an equal question that was answered before encloses nothing (${family})`, () => {
    const run = new SensorRun().see(0, ...frames("oth C>Cache; in C>Cache", query(ASKED), family));
    run.see(MILLIS, ...frames("out Cache>C; out Cache>C", answer(ASKED, ADDRESSES), family));
    run.see(2 * MILLIS, ...frames("out F>Core", query(FORWARDED), family));
    run.see(3 * MILLIS, ...frames("in Core>F", answer(FORWARDED, ADDRESSES), family)).finish();
    assert.deepEqual(forwarding(run), [
      [address("C"), null],
      [address("F"), null],
    ]);
  });

  test(`D2 a query that is sent between two sightings of an equal one is not what its ClusterIP forwards (${family})`, () => {
    const run = new SensorRun();
    // The ClusterIP is known to answer.
    run.see(0, ...frames("oth C>DNS; out C>Core", query({ ...ASKED, name: "a.example" }), family));
    run.see(MILLIS, ...frames("in Core>C; out DNS>C", answer({ ...ASKED, name: "a.example" }, ADDRESSES), family));
    run.see(SECONDS, ...frames("in C>DNS", query(ASKED), family));
    run.see(SECONDS + 5, ...frames("out F>Core", query(FORWARDED), family));
    run.see(SECONDS + 13, ...frames("out C>Core", query(ASKED), family));
    run.see(SECONDS + 70 * MILLIS, ...frames("in Core>F", answer(FORWARDED, ADDRESSES), family));
    run.see(SECONDS + 71 * MILLIS, ...frames("in Core>C; out DNS>C", answer(ASKED, ADDRESSES), family)).finish();
    const own = run.lookups.find(({ client }) => client.address === address("F"));
    assert.equal(own?.enclosingServer, address("Core"));
  });

  test(`D2 a later equal question does not take the place of the one that enclosed a query (${family})`, () => {
    const run = new SensorRun().see(0, ...frames("in C>Cache", query(ASKED), family));
    run.see(MILLIS, ...frames("out F>Core", query(FORWARDED), family));
    run.see(2 * MILLIS, ...frames("out Cache>C", answer(ASKED, ADDRESSES), family)).wait(100 * MILLIS);
    // In the table it is where the first one was.
    const later = { ...ASKED, id: 3 };
    run.see(100 * MILLIS, ...frames("in C>DNS", query(later), family));
    run.see(100 * MILLIS + 5, ...frames("out N>Up", query({ ...ASKED, id: 4 }), family));
    run.see(100 * MILLIS + 13, ...frames("out C>Core", query(later), family));
    const own = run.wait(6 * SECONDS).lookups.find(({ client }) => client.address === address("F"));
    assert.equal(own?.enclosingServer, address("Cache"));
  });

  test(`D2 a question for another type, or another name, encloses nothing (${family})`, () => {
    for (const other of [
      { ...FORWARDED, type: "AAAA" },
      { ...FORWARDED, name: "hooks.example.com" },
    ] as const) {
      const run = new SensorRun().see(0, ...frames("oth C>Cache; in C>Cache", query(ASKED), family));
      run.see(MILLIS, ...frames("out F>Core", query(other), family));
      run.see(2 * MILLIS, ...frames("in Core>F", answer(other, []), family)).finish();
      assert.deepEqual(forwarding(run), [[address("F"), null]]);
    }
  });

  test(`D2 a client's equal query from another port does not enclose its first (${family})`, () => {
    const run = new SensorRun().see(0, ...frames("in C>DNS; out C>Core", query(ASKED), family));
    const again = sightings("in C>DNS; out C>Core", family, { C: 40_077 });
    run.see(MILLIS, ...again.map((sighting) => dnsFrame(sighting, query(FORWARDED))));
    const back = sightings("in Core>C; out DNS>C", family, { C: 40_077 });
    run.see(2 * MILLIS, ...back.map((sighting) => dnsFrame(sighting, answer(FORWARDED, ADDRESSES)))).finish();
    assert.deepEqual(forwarding(run), [[address("C"), null]]);
  });
}

const IPV4 = "IPv4";

test("another host's query to a client that is not a DNS server does not enclose the client's own query", () => {
  for (const isAnswered of [true, false]) {
    const run = new SensorRun();
    run.see(0, ...sightings("in X>S; out X>S", IPV4, { S: 53 }).map((at) => dnsFrame(at, query(ASKED))));
    run.see(MILLIS, ...sightings("in S>DNS; out S>Core", IPV4).map((at) => dnsFrame(at, query(FORWARDED))));
    if (isAnswered) run.see(2 * MILLIS, ...frames("in Core>S; out DNS>S", answer(FORWARDED, ADDRESSES), IPV4));
    run.wait(6 * SECONDS);
    const own = run.lookups.find(({ client }) => client.address === endpoint("S", IPV4).address);
    assert.deepEqual([own?.isAsked, own?.enclosingServer, own?.answerMicros !== null], [true, null, isAnswered]);
  }
});

test("nor does a stranger's answer to that question, in the client's place", () => {
  const run = new SensorRun();
  run.see(0, ...sightings("in X>S; out X>S", IPV4, { S: 53 }).map((at) => dnsFrame(at, query(ASKED))));
  run.see(MILLIS, ...frames("in S>DNS; out S>Core", query(FORWARDED), IPV4));
  run.see(2 * MILLIS, ...frames("in Core>S; out DNS>S", answer(FORWARDED, ADDRESSES), IPV4));
  run.see(3 * MILLIS, ...sightings("in H>X", IPV4, { H: 53 }).map((at) => dnsFrame(at, answer(ASKED, ADDRESSES))));
  run.finish();
  const own = run.lookups.find(({ client }) => client.address === endpoint("S", IPV4).address);
  assert.equal(own?.enclosingServer, null);
});

test("nor does the answer of a DNS server that the stranger asked the same at once", () => {
  const asksBoth = (run: SensorRun, micros: number, name: string) => {
    run.see(micros, ...frames("in X>DNS; out X>Core", query({ ...ASKED, name }), IPV4));
    run.see(
      micros + 100,
      ...sightings("in X>S; out X>S", IPV4, { S: 53 }).map((at) => dnsFrame(at, query({ ...ASKED, name }))),
    );
  };
  for (const answersAfter of [10 * MILLIS, 2 * SECONDS]) {
    const run = new SensorRun();
    // As if the client had answered that.
    asksBoth(run, 0, "a.example");
    run.see(10 * MILLIS, ...frames("in Core>X; out DNS>X", answer({ ...ASKED, name: "a.example" }, ADDRESSES), IPV4));
    asksBoth(run, SECONDS, ASKED.name);
    run.see(SECONDS + MILLIS, ...frames("in S>DNS; out S>Core", query(FORWARDED), IPV4));
    run.see(SECONDS + 2 * MILLIS, ...frames("in Core>S; out DNS>S", answer(FORWARDED, ADDRESSES), IPV4));
    run
      .see(SECONDS + answersAfter, ...frames("in Core>X; out DNS>X", answer(ASKED, ADDRESSES), IPV4))
      .wait(9 * SECONDS);
    const own = run.lookups.find(({ client }) => client.address === endpoint("S", IPV4).address);
    assert.deepEqual([own?.isAsked, own?.enclosingServer], [true, null]);
  }
});

test("a query without a server does not hide the one that a cache forwards", () => {
  const run = new SensorRun();
  // The cache is known to answer; then it is asked, and so is the node itself, which is no server.
  run.see(0, ...frames("oth C>Cache; in C>Cache", query({ ...ASKED, name: "a.example" }), IPV4));
  run.see(MILLIS, ...frames("out Cache>C; out Cache>C", answer({ ...ASKED, name: "a.example" }, ADDRESSES), IPV4));
  run.see(SECONDS, ...frames("oth C>Cache; in C>Cache", query(ASKED), IPV4));
  run.see(SECONDS + 10, ...sightings("in X>F", IPV4, { F: 53 }).map((at) => dnsFrame(at, query({ ...ASKED, id: 9 }))));
  run.see(SECONDS + MILLIS, ...frames("out F>Core", query(FORWARDED), IPV4));
  run.see(SECONDS + 2 * MILLIS, ...frames("in Core>F", answer(FORWARDED, ADDRESSES), IPV4));
  // It takes its time.
  run.see(SECONDS + 80 * MILLIS, ...frames("out Cache>C; out Cache>C", answer(ASKED, ADDRESSES), IPV4)).finish();
  const upstream = run.lookups.find(({ client }) => client.address === endpoint("F", IPV4).address);
  assert.equal(upstream?.enclosingServer, endpoint("Cache", IPV4).address);
});

test("an equal question to a server elsewhere does not hide the first one that a cache forwards", () => {
  const run = new SensorRun();
  const early = { ...ASKED, name: "a.example" };
  run.see(0, ...frames("in X>Core; out X>Core", query(early), IPV4));
  run.see(MILLIS, ...frames("in Core>X; out Core>X", answer(early, ADDRESSES), IPV4));
  run.see(SECONDS, ...frames("oth C>Cache; in C>Cache", query(ASKED), IPV4));
  run.see(SECONDS + 100, ...frames("in X>Core; out X>Core", query({ ...ASKED, id: 9 }), IPV4));
  run.see(SECONDS + MILLIS, ...frames("out F>Core", query(FORWARDED), IPV4, dnsTcpFrame));
  run.see(SECONDS + 2 * MILLIS, ...frames("in Core>F", answer(FORWARDED, ADDRESSES), IPV4, dnsTcpFrame));
  run.see(SECONDS + 3 * MILLIS, ...frames("out Cache>C; out Cache>C", answer(ASKED, ADDRESSES), IPV4)).finish();
  const upstream = run.lookups.find(({ client }) => client.address === endpoint("F", IPV4).address);
  assert.equal(upstream?.enclosingServer, endpoint("Cache", IPV4).address);
});
