import { type Command, Option } from "commander";
import type { GraphFilter } from "../../graph/filter.ts";
import { nodesNamed, unknownNodeHint } from "../../graph/named-nodes.ts";
import { ConfigError } from "../../model/errors.ts";
import { EVIDENCE, type Evidence } from "../../model/interaction.ts";
import type { ServiceGraph } from "../../model/service-graph.ts";
import { parseDuration, parseTime } from "../../text/duration-text.ts";
import { collect } from "../options/option-values.ts";

/** Which edges are shown, as commander returns it; absent without the option. */
export interface FilterOptions {
  readonly namespace?: readonly string[];
  readonly allNamespaces?: boolean;
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly failed?: boolean;
  readonly external?: boolean;
  readonly since?: string;
  readonly evidence?: readonly string[];
}

/** Kinds that a filter can select: no edge has the reserved one. */
const SELECTABLE = EVIDENCE.filter((kind) => kind !== "socket");
const EITHER_END = "edges with either end in this namespace; repeatable";

/** Adds the options that select edges of a graph. `namespaceHelp`: what -n does. */
export function withFilterOptions(command: Command, namespaceHelp: string = EITHER_END): Command {
  return command
    .optionsGroup("Edges:")
    .option("-n, --namespace <namespace>", namespaceHelp, collect)
    .option("-A, --all-namespaces", "all namespaces, the default")
    .option(
      "--from <node>",
      "edges of this client: NAME, NAMESPACE/NAME, or as for kubectl, such as deploy/NAME; repeatable",
      collect,
    )
    .option("--to <node>", "edges to this server, or through this Service, named the same way; repeatable", collect)
    .option("--failed", "edges with failures")
    .option("--external", "edges with an end outside the cluster")
    .option(
      "--since <time>",
      "edges seen in the last 30m, 2h or 7d before the end of the observation, or since an RFC 3339 time",
    )
    .addOption(
      new Option("--evidence <kind>", `edges with this evidence: ${SELECTABLE.join(", ")}; repeatable`).argParser(
        collect,
      ),
    );
}

/** The filter that the options describe for this graph. Throws ConfigError, also for nodes that it does not have. */
export function readFilter(options: FilterOptions, graph: ServiceGraph): GraphFilter {
  const { namespace = [], failed = false, external = false, since } = options;
  if (options.allNamespaces === true && namespace.length > 0) {
    throw new ConfigError("-A and -n cannot be combined; omit one of them");
  }
  return {
    // kubectl accepts -n=shop; commander passes the = on.
    namespaces: new Set(namespace.map((name) => name.replace(/^=/, ""))),
    from: readNodes("--from", options.from, graph),
    to: readNodes("--to", options.to, graph),
    failed,
    external,
    sinceMicros: since === undefined ? null : parseSince(since, graph),
    evidence: new Set((options.evidence ?? []).map(parseEvidence)),
  };
}

/** Ids of the named nodes; null if none is named. */
function readNodes(
  option: string,
  names: readonly string[] | undefined,
  graph: ServiceGraph,
): ReadonlySet<string> | null {
  if (names === undefined) return null;
  return new Set(
    names.flatMap((name) => {
      const nodes = nodesNamed(graph, name);
      if (nodes.length > 0) return nodes.map(({ id }) => id);
      throw new ConfigError(
        `${option} ${JSON.stringify(name)}: the graph has no such node; ${unknownNodeHint(graph, name)}`,
      );
    }),
  );
}

function parseEvidence(text: string): Evidence {
  const evidence = SELECTABLE.find((each) => each === text);
  if (evidence !== undefined) return evidence;
  throw new ConfigError(`invalid --evidence ${JSON.stringify(text)}: expected ${SELECTABLE.join(", ")}`);
}

/** `2h`, `1h30m` before the end of the observation, or a time. Microseconds since the Unix epoch. */
function parseSince(text: string, graph: ServiceGraph): number {
  const duration = parseDuration(text);
  if (duration !== null) return endOf(graph) - duration * 1e6;
  const seconds = parseTime(text);
  if (seconds !== null) return seconds * 1e6;
  throw new ConfigError(
    `invalid --since ${JSON.stringify(text)}: expected a duration such as 30m, 2h or 7d, or a time such as 2026-01-31T08:00:00Z`,
  );
}

/** When the last agent stopped watching, or the last edge was seen. */
function endOf({ observed, edges }: ServiceGraph): number {
  const ends = [...observed.map(({ toMicros }) => toMicros), ...edges.map(({ lastSeenMicros }) => lastSeenMicros)];
  return ends.reduce((last, each) => Math.max(last, each), 0);
}
