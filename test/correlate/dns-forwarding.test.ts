import assert from "node:assert/strict";
import { test } from "node:test";
import { endpoint, FAMILIES, type Family, sightings } from "./support/address-book.ts";
import { answer, query } from "./support/dns-messages.ts";
import { dnsFrame, dnsTcpFrame } from "./support/frames.ts";
import { MILLIS, SensorRun } from "./support/sensor-run.ts";

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

  test(`D1 cluster DNS that asks upstream for a pod shows whose question it forwards (${family})`, () => {
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

  test(`D2 a node-local cache that asks cluster DNS over TCP shows whose question it forwards (${family})`, () => {
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

  test(`D2 a client that asks the same again from another port does not enclose itself (${family})`, () => {
    const run = new SensorRun().see(0, ...frames("in C>DNS; out C>Core", query(ASKED), family));
    const again = sightings("in C>DNS; out C>Core", family, { C: 40_077 });
    run.see(MILLIS, ...again.map((sighting) => dnsFrame(sighting, query(FORWARDED))));
    const back = sightings("in Core>C; out DNS>C", family, { C: 40_077 });
    run.see(2 * MILLIS, ...back.map((sighting) => dnsFrame(sighting, answer(FORWARDED, ADDRESSES)))).finish();
    assert.deepEqual(forwarding(run), [[address("C"), null]]);
  });
}
