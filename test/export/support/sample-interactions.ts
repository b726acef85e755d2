import fc from "fast-check";
import { type End, type Interaction, isFailure, OUTCOMES, type Workload } from "../../../src/model/interaction.ts";

export function workload(serviceName: string, namespace = "shop", kind = "Deployment"): Workload {
  return {
    type: "workload",
    namespace,
    name: serviceName,
    kind,
    serviceName,
    serviceNamespace: namespace,
    ownSpans: "unsaid",
  };
}

/** 2026-11-23T08:00:00Z. */
export const SAMPLE_MICROS = 1_795_420_800_000_000;

const SAMPLE: Interaction = {
  timeMicros: SAMPLE_MICROS,
  evidence: "handshake",
  outcome: "established",
  errorType: null,
  client: workload("orders"),
  server: workload("profile", "media"),
  name: "profile-svc.media.svc.cluster.local",
  canonicalName: null,
  dialled: { address: "10.96.0.43", port: 9000 },
  clientAddress: { address: "10.42.2.23", port: 40681 },
  serverAddress: { address: "10.42.1.15", port: 3000 },
  durationMicros: 412,
  retries: 0,
  nameAgeMicros: 21_900,
  clientRule: null,
  serverRule: null,
  clientPod: null,
  serverPod: null,
  dialledService: null,
  reporter: "worker-w",
};

/** An established connection with these changes. */
export function interaction(changes: Partial<Interaction> = {}): Interaction {
  return { ...SAMPLE, ...changes };
}

export function refused(changes: Partial<Interaction> = {}): Interaction {
  return interaction({ outcome: "refused", errorType: "connection_refused", ...changes });
}

export function failedLookup(changes: Partial<Interaction> = {}): Interaction {
  return interaction({
    evidence: "lookup",
    outcome: "host_not_found",
    errorType: "host_not_found",
    server: { type: "service", namespace: "shop", name: "gone" },
    name: "gone.shop.svc.cluster.local",
    dialled: null,
    serverAddress: null,
    nameAgeMicros: null,
    ...changes,
  });
}

/** Any text, with unpaired surrogates, and sometimes very long. */
const text = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 500, maxLength: 3000 })
      .map((units) => String.fromCharCode(...units)),
  },
);
const endpoint = fc.record({
  address: fc.oneof(fc.ipV4(), fc.ipV6()),
  port: fc.integer({ min: 0, max: 65_535 }),
});

export const endArbitrary: fc.Arbitrary<End> = fc.oneof(
  fc.record({
    type: fc.constant("workload" as const),
    namespace: text,
    name: text,
    kind: fc.constantFrom("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet", "Pod", "Rollout"),
    serviceName: text,
    serviceNamespace: text,
    ownSpans: fc.constantFrom("sent" as const, "not_sent" as const, "unsaid" as const),
  }),
  fc.record({ type: fc.constant("service" as const), namespace: text, name: text }),
  fc.record({ type: fc.constant("node" as const), name: text }),
  fc.record({ type: fc.constant("external" as const), name: text }),
  fc.record({ type: fc.constant("unresolved" as const), address: fc.ipV4() }),
);

/** Anything that the types allow, including numbers from a broken clock. */
export const interactionArbitrary: fc.Arbitrary<Interaction> = fc
  .record({
    timeMicros: fc.oneof(fc.double({ min: 0, max: 4e15, noNaN: true }), fc.double()),
    evidence: fc.constantFrom("handshake" as const, "lookup" as const, "socket" as const),
    outcome: fc.constantFrom(...OUTCOMES),
    client: endArbitrary,
    server: endArbitrary,
    name: fc.option(text),
    canonicalName: fc.option(text),
    dialled: fc.option(endpoint),
    clientAddress: fc.option(endpoint),
    serverAddress: fc.option(endpoint),
    durationMicros: fc.oneof(fc.double({ min: 0, max: 2e8, noNaN: true }), fc.double()),
    retries: fc.nat(10),
    nameAgeMicros: fc.option(fc.double({ min: 0, max: 3.6e9, noNaN: true })),
    clientRule: fc.constantFrom(null, "pod" as const, "unknown" as const),
    serverRule: fc.constantFrom(null, "service" as const, "host_pod" as const),
    clientPod: fc.option(text),
    serverPod: fc.option(text),
    dialledService: fc.option(text),
    reporter: fc.option(text),
  })
  .map((fields) => ({ ...fields, errorType: isFailure(fields.outcome) ? ("timed_out" as const) : null }));
