import { SpareFacts } from "../../../src/facts/spare-facts.ts";
import { AddressOwners, type StableOwner } from "../../../src/inventory/address-owners.ts";
import { OUTSIDE } from "../../../src/inventory/addresses/address-owner.ts";
import { VersionedCache } from "../../../src/inventory/addresses/versioned-cache.ts";
import type { ClusterIndex } from "../../../src/inventory/cluster-index.ts";
import { ServiceEnds } from "../../../src/inventory/service-ends.ts";
import { WorkloadNames } from "../../../src/inventory/workload-name.ts";
import { LookupEvidence } from "../../../src/lookups/lookup-evidence.ts";
import { ConnectionFlow } from "../../../src/resolve/paths/connection-flow.ts";
import { KnownAddress } from "../../../src/resolve/paths/known-addresses.ts";
import { KnownPath } from "../../../src/resolve/paths/known-path.ts";
import { PendingFacts } from "../../../src/resolve/pending-facts.ts";

const UNSTABLE: StableOwner = {
  owner: OUTSIDE,
  fromMicros: Number.POSITIVE_INFINITY,
  toMicros: Number.NEGATIVE_INFINITY,
};

/**
 * What is kept of one fact for the next: each of these finds nothing, so that all is found anew. A cache that you add,
 * add here, unless it is by the version of the index.
 */
const WITHOUT: readonly (() => () => void)[] = [
  () => replaced(AddressOwners.prototype, "stableAt", () => () => UNSTABLE),
  () => replaced(VersionedCache.prototype, "get", () => () => undefined),
  () => replaced(KnownAddress.prototype, "isOf", () => () => false),
  () => replaced(KnownAddress.prototype, "clientEnd", () => () => null),
  () => replaced(KnownPath.prototype, "isCertain", () => () => false),
  () => replaced(KnownPath.prototype, "flowOf", () => () => null),
  () => replaced(ConnectionFlow.prototype, "isLike", () => () => false),
  () =>
    replaced(
      ServiceEnds.prototype,
      "at",
      (at) =>
        function (this: ServiceEnds, service, timeMicros, version) {
          return at.call(this, { ...service }, timeMicros, version);
        },
    ),
  () => replaced(SpareFacts.prototype, "connection", () => overwrite),
  () => replaced(SpareFacts.prototype, "lookup", () => overwrite),
  () =>
    replaced(
      WorkloadNames.prototype,
      "of",
      (of) =>
        function (this: WorkloadNames, pod) {
          return of.call(this, { ...pod });
        },
    ),
  () =>
    replaced(
      LookupEvidence.prototype,
      "connected",
      (connected) =>
        function (this: LookupEvidence, clientId, { answerMicros, name, chain }, synMicros) {
          connected.call(this, clientId, { answerMicros, name, chain }, synMicros);
        },
    ),
];

/** Runs it with nothing kept of one fact for the next. */
export function withoutCaches<T>(run: () => T): T {
  const undo = WITHOUT.map((apply) => apply());
  try {
    return run();
  } finally {
    for (const each of undo.reverse()) each();
  }
}

/**
 * Every reader of the index gets another version, so that nothing by the version is ever found again, also what is kept
 * in a way that this test does not know. Facts that wait are tried again with real changes only.
 */
export function withNewVersions<T>(index: ClusterIndex, run: () => T): T {
  let real = index.version;
  let read = 0;
  Object.defineProperty(index, "version", {
    get: () => ++read,
    set: () => real++,
  });
  const undo = replaced(
    PendingFacts.prototype,
    "advance",
    (advance) =>
      function (this: PendingFacts<unknown>, nowMicros) {
        advance.call(this, nowMicros, real);
      },
  );
  try {
    return run();
  } finally {
    undo();
  }
}

/** A stage that still reads a fact after it has given it back reads this; so do the parts that are filled in again. */
function overwrite(fact: object): void {
  for (const [key, value] of Object.entries(fact)) {
    if (key === "preNat" || key === "client") overwrite(value);
    else Object.assign(fact, { [key]: `given back: ${key}` });
  }
}

function replaced<T extends object, K extends keyof T>(prototype: T, name: K, make: (old: T[K]) => T[K]): () => void {
  const old = prototype[name];
  prototype[name] = make(old);
  return () => {
    prototype[name] = old;
  };
}
