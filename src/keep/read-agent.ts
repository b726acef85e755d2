// EDGE: a connection
import { once } from "node:events";
import { connect } from "node:net";
import { readGraphFile } from "../graph/file/read-graph-file.ts";
import { NoGraph, requestGraph } from "../graph-source/live/request-graph.ts";
import { ConfigError } from "../model/errors.ts";
import type { ServiceGraph } from "../model/service-graph.ts";
import type { AgentAddress } from "./agent-address.ts";

const MAX_BYTES = 24 << 20;

/** The graph of the agent on this machine. Throws NoGraph: the reason, without the agent's address. */
export async function readAgent(address: AgentAddress, signal: AbortSignal): Promise<ServiceGraph> {
  const connection = connect("path" in address ? { path: address.path } : { host: address.host, port: address.port });
  // Errors after the connection reach requestGraph.
  connection.on("error", () => {});
  try {
    await once(connection, "connect", { signal });
    return await requestGraph(connection, (bytes) => readGraphFile(bytes, "its graph"), MAX_BYTES, signal);
  } catch (error) {
    connection.destroy();
    if (error instanceof NoGraph) throw error;
    if (error instanceof ConfigError) throw new NoGraph(error.message);
    if (signal.aborted) throw new NoGraph("it does not answer in time");
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new NoGraph(`nothing answers there (${code}); start the agent with --listen at this address`);
  }
}
