import type { ResolvedName } from "../lookups/address-names.ts";
import type { LookupSummary } from "../lookups/lookup-summary.ts";
import type { Connection } from "../model/connection.ts";
import type { ErrorType, Interaction, Outcome } from "../model/interaction.ts";
import type { FoundEnd } from "./ends/found-end.ts";
import type { ConnectionFlow } from "./paths/connection-flow.ts";

/** The interaction of a connection attempt. `resolved`: the name that the client had resolved; null: none. */
export function connectionInteraction(
  connection: Connection,
  flow: ConnectionFlow,
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
    client: flow.client,
    server: flow.server,
    flow,
    name: flow.name,
    canonicalName: flow.canonicalName,
    dialled: preNat.destination,
    clientAddress: preNat.source,
    serverAddress: postNat.destination,
    durationMicros: endMicros - startMicros,
    retries,
    nameAgeMicros: resolved === null ? null : startMicros - resolved.answerMicros,
    clientRule: flow.clientRule,
    serverRule: flow.serverRule,
    clientPod: flow.clientPod,
    serverPod: flow.serverPod,
    dialledService: flow.dialledService,
    reporter,
  };
}

interface ResolvedLookup {
  readonly client: FoundEnd;
  readonly server: FoundEnd;
  readonly dialledService: string | null;
  readonly reporter: string | null;
  readonly outcome: "resolved" | "host_not_found" | "try_again";
  readonly name: string;
}

/** The interaction of a lookup without a connection. */
export function lookupInteraction(lookup: LookupSummary, result: ResolvedLookup): Interaction {
  const { outcome, name, client, server, dialledService, reporter } = result;
  return {
    timeMicros: lookup.queryMicros,
    evidence: "lookup",
    outcome,
    errorType: outcome === "resolved" ? null : outcome,
    client: client.end,
    server: server.end,
    flow: null,
    name,
    canonicalName: lookup.chain.at(-1) ?? null,
    dialled: null,
    clientAddress: { address: lookup.clientAddress, port: lookup.clientPort },
    serverAddress: null,
    durationMicros: Math.max(0, lookup.decidedMicros - lookup.queryMicros),
    retries: 0,
    nameAgeMicros: null,
    clientRule: client.rule,
    serverRule: server.rule,
    clientPod: client.pod,
    serverPod: server.pod,
    dialledService,
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
