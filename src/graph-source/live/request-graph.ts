// EDGE: an HTTP request through a stream, decompression, a timer
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { Duplex } from "node:stream";
import { createGunzip } from "node:zlib";
import { ApiError } from "../../kubernetes/client/api-error.ts";
import { visibleLine } from "../../text/visible-text.ts";

/** An agent that returned no graph, or only the beginning of one. The message is the reason, without the agent's name. */
export class NoGraph extends Error {
  override readonly name = "NoGraph";
}

const MAX_REASON_CHARACTERS = 200;
const NOT_FOUND = 404;

/**
 * Requests /graph through a connection to an agent, and resolves with what `read` makes of its bytes. Throws NoGraph, also
 * for more than `maxBytes`, and what `read` throws. Destroys the connection.
 */
export async function requestGraph<T>(
  connection: Duplex,
  read: (bytes: AsyncIterable<Buffer>) => Promise<T>,
  maxBytes: number,
  signal: AbortSignal,
): Promise<T> {
  async function* bytes(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let received = 0;
    try {
      for await (const chunk of body) {
        received += chunk.length;
        if (received > maxBytes) throw new NoGraph(`its graph is longer than ${Math.round(maxBytes / 1e6)} MB`);
        yield chunk;
      }
    } catch (error) {
      throw noGraph(error, connection, signal, "the connection ended in the middle of the graph");
    }
  }
  try {
    const response = await responseTo(connection, signal).catch((error: unknown) => {
      throw noGraph(error, connection, signal, "the connection ended before the graph came");
    });
    if (response.statusCode !== 200) throw new NoGraph(await refusal(response));
    const body = response.headers["content-encoding"] === "gzip" ? response.pipe(createGunzip()) : response;
    // An aborted response does not end the decompression.
    response.once("error", (error) => body.destroy(error));
    return await read(bytes(body as AsyncIterable<Buffer>));
  } finally {
    connection.destroy();
  }
}

async function responseTo(connection: Duplex, signal: AbortSignal): Promise<IncomingMessage> {
  const sent = request({
    createConnection: () => connection,
    path: "/graph",
    headers: { host: "localhost", "accept-encoding": "gzip", "user-agent": "wirespan" },
    signal,
  });
  // Errors after the response reach its reader.
  sent.on("error", () => {});
  sent.end();
  const [response] = (await once(sent, "response", { signal })) as [IncomingMessage];
  return response;
}

/** The response's first line, which an agent writes as a sentence. */
async function refusal(response: IncomingMessage): Promise<string> {
  if (response.statusCode === NOT_FOUND)
    return "it serves no graph: update it, or start it without --no-graph (graph.enabled of the chart)";
  let text = "";
  try {
    for await (const chunk of response.setEncoding("utf8")) {
      text += chunk;
      if (text.length > MAX_REASON_CHARACTERS) break;
    }
  } catch {
    // What came says enough.
  }
  const line = visibleLine(text.split("\n", 1)[0]?.slice(0, MAX_REASON_CHARACTERS) ?? "");
  return `it answers with HTTP ${response.statusCode}${line === "" ? "" : `: ${line}`}`;
}

function noGraph(error: unknown, connection: Duplex, signal: AbortSignal, ended: string): NoGraph {
  if (error instanceof NoGraph) return error;
  if (signal.aborted) return new NoGraph("it did not answer in time");
  // The kubelet's own words, which say what it could not do.
  const { errored } = connection;
  if (errored instanceof ApiError) return new NoGraph(forwardingProblem(errored.message));
  const { code } = error as NodeJS.ErrnoException;
  if (code === "Z_DATA_ERROR" || code?.startsWith("HPE_")) return new NoGraph("another program answers");
  return new NoGraph(ended);
}

function forwardingProblem(message: string): string {
  if (/refused/i.test(message)) return "no process listens at its health port on loopback";
  return visibleLine(message.slice(0, MAX_REASON_CHARACTERS));
}
