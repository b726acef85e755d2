import { newestDescription } from "../../selection/newest-description.ts";
import { jsonList } from "../../text/json-list.ts";
import { jsonText } from "../../text/visible-text.ts";
import { edgeFigures, observationFields } from "../edge-json.ts";
import type { Explanation } from "./explain.ts";

/** The explanation as versioned JSON, one flow or agent a line. Equal explanations give equal bytes. */
export function explainJson({
  client,
  server,
  edge,
  reverse,
  behind,
  witnesses,
  observed,
  cluster,
  incomplete,
  unknown,
}: Explanation): string {
  const head = jsonText({
    wirespan: "explanation",
    version: 1,
    cluster,
    client: client.id,
    server: server.id,
    isObserved: edge !== null,
    isReverseObserved: reverse !== null,
    behind: behind.map(({ id }) => id),
    incomplete,
    ...(edge === null ? {} : edgeFigures(edge)),
    addresses: edge?.addresses ?? [],
    clientRules: edge?.clientRules ?? [],
    serverRules: edge?.serverRules ?? [],
    clientNamedBy: newestDescription(client)?.namedBy ?? [],
    serverNamedBy: newestDescription(server)?.namedBy ?? [],
    unknown,
  });
  const flows = (edge?.flows ?? []).map(({ firstSeenMicros, lastSeenMicros, ...flow }) => ({
    ...flow,
    firstSeen: firstSeenMicros / 1e6,
    lastSeen: lastSeenMicros / 1e6,
  }));
  const lists = [
    jsonList("flows", flows),
    jsonList("resolvers", client.resolvers ?? []),
    jsonList(
      "reportedBy",
      witnesses.map(({ instance, observation, count }) => ({ instance, node: observation?.node ?? null, count })),
    ),
    jsonList("observed", observed.map(observationFields)),
  ];
  return `${head.slice(0, -1)},\n${lists.join(",\n")}}\n`;
}
