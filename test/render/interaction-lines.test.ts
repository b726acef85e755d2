import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type End, type Interaction, OUTCOMES } from "../../src/model/interaction.ts";
import { INTERACTIONS_HEADER } from "../../src/render/interaction-lines.ts";
import { interactionLine } from "../support/interaction-line.ts";
import { parseInteractionLine, parseInteractionsHeader } from "../support/interaction-line-reader.ts";

const example: Interaction = {
  timeMicros: 1_795_417_363_733_825,
  evidence: "handshake",
  outcome: "established",
  errorType: null,
  client: {
    type: "workload",
    namespace: "shop",
    name: "orders",
    kind: "Deployment",
    serviceName: "orders",
    serviceNamespace: "checkout",
    ownSpans: "unsaid",
  },
  server: {
    type: "workload",
    namespace: "media",
    name: "profile",
    kind: "Deployment",
    serviceName: "profile",
    serviceNamespace: "media",
    ownSpans: "unsaid",
  },
  name: "profile-svc.media.svc.cluster.local",
  canonicalName: null,
  dialled: { address: "10.96.0.43", port: 9000 },
  clientAddress: { address: "10.42.2.23", port: 40_681 },
  serverAddress: { address: "10.42.1.15", port: 3000 },
  durationMicros: 412,
  retries: 0,
  nameAgeMicros: 21_900,
  clientRule: null,
  serverRule: null,
  clientPod: "orders-5d9c7b8f4-x2x4z",
  serverPod: null,
  dialledService: "media/profile-svc",
  reporter: "worker-w",
};

const text = fc.string({ unit: "binary", maxLength: 20 });
const endpoint = fc.record({ address: fc.constantFrom("10.0.0.1", "fd00::1"), port: fc.nat(65_535) });
const end: fc.Arbitrary<End> = fc.oneof(
  fc.record({ namespace: text, name: text, kind: text, serviceName: text }).map((fields) => ({
    type: "workload" as const,
    ...fields,
    serviceNamespace: fields.namespace,
    ownSpans: "unsaid" as const,
  })),
  fc.record({ type: fc.constant("service" as const), namespace: text, name: text }),
  fc.record({ type: fc.constantFrom("node" as const, "external" as const), name: text }),
  fc.record({ type: fc.constant("unresolved" as const), address: fc.constant("192.0.2.1") }),
);
const interaction = fc
  .record({
    ...Object.fromEntries(Object.entries(example).map(([key, value]) => [key, fc.constant(value)])),
    timeMicros: fc.integer({ min: 0, max: 4_000_000_000_000_000 }),
    outcome: fc.constantFrom(...OUTCOMES),
    client: end,
    server: end,
    name: fc.option(text),
    canonicalName: fc.option(text),
    dialled: fc.option(endpoint),
    clientAddress: fc.option(endpoint),
    serverAddress: fc.option(endpoint),
    durationMicros: fc.nat(200_000_000),
    retries: fc.nat(9),
    nameAgeMicros: fc.option(fc.nat(3_600_000_000)),
    clientRule: fc.constant(null),
    serverRule: fc.constant(null),
    clientPod: fc.option(text),
    serverPod: fc.option(text),
    dialledService: fc.option(text),
    reporter: fc.option(text),
  })
  // Only workloads have pods.
  .map(({ clientPod, serverPod, ...fields }) => ({
    ...fields,
    clientPod: fields.client.type === "workload" ? clientPod : null,
    serverPod: fields.server.type === "workload" ? serverPod : null,
  })) as fc.Arbitrary<Interaction>;

describe("interaction lines", () => {
  it("are exactly the documented format", () => {
    assert.equal(INTERACTIONS_HEADER, '{"wirespan":"interactions","version":1}');
    assert.equal(
      interactionLine(example),
      '{"time":1795417363.733825,"evidence":"handshake","outcome":"established","client":{"type":"workload","namespace":"shop","name":"orders","kind":"Deployment","serviceName":"orders","pod":"orders-5d9c7b8f4-x2x4z"},"server":{"type":"workload","namespace":"media","name":"profile","kind":"Deployment","serviceName":"profile","pod":null},"name":"profile-svc.media.svc.cluster.local","canonicalName":null,"dialled":{"address":"10.96.0.43","port":9000},"service":"media/profile-svc","clientAddress":{"address":"10.42.2.23","port":40681},"serverAddress":{"address":"10.42.1.15","port":3000},"durationMs":0.412,"retries":0,"nameAgeMs":21.9,"reporter":"worker-w"}',
    );
  });

  it("are one line each, and parse to the same value", () => {
    fc.assert(
      fc.property(interaction, (drawn) => {
        const written = structuredClone(drawn); // with plain prototypes
        const line = interactionLine(written);
        assert.ok(!/[\n\r]/.test(line));
        const { errorType: _, ...read } = parseInteractionLine(line) ?? { errorType: null };
        const { errorType: __, ...expected } = written;
        assert.deepEqual(read, expected);
      }),
    );
  });

  it("write times with at most six decimals and durations with at most three", () => {
    fc.assert(
      fc.property(interaction, (written) => {
        const line = interactionLine({ ...written, timeMicros: written.timeMicros + 0.4 });
        assert.match(line, /^\{"time":\d+(\.\d{1,6})?,/);
        assert.match(line, /"durationMs":\d+(\.\d{1,3})?,/);
      }),
    );
  });

  it("parse to the error type of the outcome", () => {
    const line = interactionLine({ ...example, outcome: "refused", errorType: "connection_refused" });
    assert.equal(parseInteractionLine(line)?.errorType, "connection_refused");
  });

  it("are rejected if they are something else", () => {
    const good = interactionLine(example);
    const bad = [
      "",
      "null",
      "[]",
      "{}",
      good.slice(0, -1),
      INTERACTIONS_HEADER,
      good.replace('"established"', '"fine"'),
      good.replace('"port":9000', '"port":"9000"'),
      good.replace('"type":"workload"', '"type":"pod"'),
      good.replace('"name":"profile-svc', '"nom":"profile-svc'),
    ];
    for (const line of bad) assert.equal(parseInteractionLine(line), null, line);
    assert.equal(parseInteractionsHeader(INTERACTIONS_HEADER), 1);
    assert.equal(parseInteractionsHeader('{"wirespan":"interactions","version":2}'), 2);
    assert.equal(parseInteractionsHeader(good), null);
    assert.equal(parseInteractionsHeader("PK\u0003\u0004"), null);
  });
});
