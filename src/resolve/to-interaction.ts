import type { ResolvedName } from "../lookups/address-names.ts";
import type { LookupSummary } from "../lookups/lookup-summary.ts";
import type { Connection } from "../model/connection.ts";
import type { End, ErrorType, Interaction, Outcome } from "../model/interaction.ts";

/** The interaction of a connection attempt. `resolved`: the name that the client had resolved; null: none. */
export function connectionInteraction(
  connection: Connection,
  client: End,
  server: End,
  resolved: ResolvedName | null,
  reporter: string | null,
): Interaction {
  const { preNat, postNat, startMicros, endMicros, retries } = connection;
  const { outcome, errorType } = OUTCOMES[connection.outcome];
  return {
    timeMicros: startMicros,
    evidence: "handshake",
    outcome,
    errorType,
    client,
    server,
    name: resolved === null ? null : resolved.name,
    canonicalName: resolved === null ? null : (resolved.chain.at(-1) ?? null),
    dialled: preNat.destination,
    clientAddress: preNat.source,
    serverAddress: postNat.destination,
    durationMicros: endMicros - startMicros,
    retries,
    nameAgeMicros: resolved === null ? null : startMicros - resolved.answerMicros,
    clientRule: null,
    serverRule: null,
    clientPod: null,
    serverPod: null,
    dialledService: null,
    reporter,
  };
}

interface LookupResult {
  readonly outcome: "resolved" | "host_not_found" | "try_again";
  readonly name: string;
  readonly client: End;
  readonly server: End;
  readonly reporter: string | null;
}

/** The interaction of a lookup without a connection. */
export function lookupInteraction(lookup: LookupSummary, result: LookupResult): Interaction {
  const { outcome, name, client, server, reporter } = result;
  return {
    timeMicros: lookup.queryMicros,
    evidence: "lookup",
    outcome,
    errorType: outcome === "resolved" ? null : outcome,
    client,
    server,
    name,
    canonicalName: lookup.chain.at(-1) ?? null,
    dialled: null,
    clientAddress: { address: lookup.clientAddress, port: lookup.clientPort },
    serverAddress: null,
    durationMicros: Math.max(0, lookup.decidedMicros - lookup.queryMicros),
    retries: 0,
    nameAgeMicros: null,
    clientRule: null,
    serverRule: null,
    clientPod: null,
    serverPod: null,
    dialledService: null,
    reporter,
  };
}

const TIMED_OUT: InteractionOutcome = { outcome: "timed_out", errorType: "timed_out" };

interface InteractionOutcome {
  readonly outcome: Outcome;
  readonly errorType: ErrorType | null;
}

/** The last two are never reported; the record is complete for the compiler. */
const OUTCOMES: Readonly<Record<Connection["outcome"], InteractionOutcome>> = {
  established: { outcome: "established", errorType: null },
  refused: { outcome: "refused", errorType: "connection_refused" },
  timed_out: TIMED_OUT,
  host_unreachable: { outcome: "unreachable", errorType: "host_unreachable" },
  network_unreachable: { outcome: "unreachable", errorType: "network_unreachable" },
  unfinished: TIMED_OUT,
  repeating: TIMED_OUT,
};
