import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { readClusterFile } from "../../../src/kubernetes/files/cluster-file.ts";
import { readEventsFile } from "../../../src/kubernetes/files/events-file.ts";
import { ConfigError } from "../../../src/model/errors.ts";
import { fileWith, ignoredInput, NOTHING_IGNORED, tailOf } from "./support/input-file.ts";

const LIST = JSON.stringify({ kind: "List", items: [{ kind: "Pod", metadata: { name: "wéb-🚀" } }] }, null, 2);
const EVENT = JSON.stringify({ t: 1, type: "ADDED", object: { kind: "Pod", metadata: { name: "wéb-🚀" } } });

const little = (text: string): Buffer => Buffer.from(text, "utf16le");
const big = (text: string): Buffer => little(text).swap16();

/** PowerShell writes UTF-16 with carriage returns. */
const ENCODINGS = [
  ["UTF-16 with a byte order mark", (text: string) => little(`\uFEFF${text}`)],
  ["UTF-16 in big-endian order with a byte order mark", (text: string) => big(`\uFEFF${text}`)],
  ["UTF-16 without a byte order mark", little],
  ["UTF-16 in big-endian order without a byte order mark", big],
  ["UTF-8 with a byte order mark", (text: string) => Buffer.from(`\uFEFF${text}`)],
] as const;

for (const [name, encode] of ENCODINGS) {
  test(`a cluster file and a log of events in ${name} are read`, (t) => {
    const windows = (text: string): Buffer => encode(text.replaceAll("\n", "\r\n"));
    assert.equal(readClusterFile(fileWith(t, windows(LIST)))[0]?.metadata?.name, "wéb-🚀");
    assert.equal(readEventsFile(fileWith(t, windows(`${EVENT}\n${EVENT}\n`))).length, 2);
  });

  test(`a log of events in ${name} is followed as it grows, byte by byte`, (t) => {
    const path = fileWith(t, "");
    const tail = tailOf(t, path);
    const names: (string | undefined)[] = [];
    for (const byte of encode(`${EVENT}\r\n${EVENT}\r\n`)) {
      appendFileSync(path, Uint8Array.of(byte));
      names.push(...tail.read(NOTHING_IGNORED).map(({ object }) => object.metadata?.name));
    }
    assert.deepEqual(names, ["wéb-🚀", "wéb-🚀"]);
  });
}

test("gzip is read, also with several members", (t) => {
  const parts = [LIST.slice(0, 20), LIST.slice(20)].map((part) => gzipSync(part));
  assert.equal(readClusterFile(fileWith(t, Buffer.concat(parts))).length, 1);
  assert.equal(readEventsFile(fileWith(t, gzipSync(`${EVENT}\n`))).length, 1);
});

test("a list without a kind is read if the items have one", (t) => {
  const path = fileWith(
    t,
    JSON.stringify({ items: ["Pod", "Node"].map((kind) => ({ kind, metadata: { name: "a" } })) }),
  );
  assert.deepEqual(
    readClusterFile(path).map(({ kind }) => kind),
    ["Pod", "Node"],
  );
});

const damaged = gzipSync(LIST);
damaged[damaged.length - 8] = (damaged[damaged.length - 8] ?? 0) ^ 1;
const utf32 = Buffer.concat([
  Buffer.from([0xff, 0xfe, 0, 0]),
  ...[...LIST].map((c) => Buffer.from([c.charCodeAt(0), 0, 0, 0])),
]);

for (const [what, content, expected] of [
  [
    "a gzip file that ends inside its trailer",
    gzipSync(LIST).subarray(0, -3),
    /is a truncated gzip file; copy it again/,
  ],
  ["a wrong checksum of gzip", damaged, /is a damaged gzip file \(incorrect data check\); create it again/],
  ["zstd", Buffer.from("28b52ffd0000", "hex"), /is compressed with zstd; undo it with zstd -d/],
  ["UTF-32", utf32, /is UTF-32; write it as UTF-8/],
  [
    "text before the JSON",
    `Warning: v1 Endpoints is deprecated\n${LIST}\n`,
    /has text before the JSON \("Warning: v1 .*; redirect only kubectl's standard output/,
  ],
  [
    "text before JSON of one line",
    `error: no cronjobs\n${JSON.stringify(JSON.parse(LIST))}\n`,
    /has text before the JSON \("error: no/,
  ],
  [
    "text after the JSON",
    `${LIST}\nError from server (Forbidden): nodes\n`,
    /has text after the JSON \("Error from server/,
  ],
  [
    "an error alone",
    "error: You must be logged in to the server\n",
    /is not JSON; create it with.* \(it begins with "error: You must/,
  ],
  ["a log of events", `${EVENT}\n${EVENT}\n`, /is a log of events; pass it with --events/],
  ["one event", `${EVENT}\n`, /is a log of events; pass it with --events/],
] as const) {
  test(`a cluster file with ${what} is rejected with a message that identifies it`, (t) => {
    assert.throws(
      () => readClusterFile(fileWith(t, content)),
      (error) => error instanceof ConfigError && expected.test(error.message) && !error.message.includes("\n"),
    );
  });
}

for (const [what, content, expected] of [
  ["a cluster file", LIST, /is not a watch event but part of a cluster file; pass that with --cluster/],
  ["a cluster file of one line", JSON.stringify(JSON.parse(LIST)), /pass that with --cluster/],
  ["words", "Unable to connect\n", /line 1 is not JSON; each line is .* \(this one begins with "Unable to connect"\)/],
  ["xz", Buffer.from("fd377a585a00", "hex"), /is compressed with xz; undo it with xz -dk/],
] as const) {
  test(`a log of events that is ${what} is rejected with a message that identifies it`, (t) => {
    assert.throws(
      () => readEventsFile(fileWith(t, content)),
      (error) => error instanceof ConfigError && expected.test(error.message) && !error.message.includes("\n"),
    );
  });
}

test("a followed log that turns out to be in another format is reported as one invalid line", (t) => {
  const path = fileWith(t, "");
  const tail = tailOf(t, path);
  const ignored = ignoredInput();
  appendFileSync(path, gzipSync(EVENT));
  for (let i = 0; i < 3; i++) assert.deepEqual(tail.read(ignored), []);
  assert.match(ignored.lines.join(), /^events file \S+ is compressed with gzip; undo it with gzip -dk \S+$/);
});
