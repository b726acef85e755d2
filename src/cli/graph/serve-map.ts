import { filterGraph } from "../../graph/filter.ts";
import { openGraph } from "../../graph-source/graph-source.ts";
import { MapServer } from "../../map-server/map-server.ts";
import { ConfigError } from "../../model/errors.ts";
import { ChangingProblem } from "../../output/changing-problem.ts";
import { printMessage } from "../../output/stderr.ts";
import { servedMap } from "../../render/drawing/html.ts";
import { withEdgesOnly } from "../../render/render.ts";
import { StopSignals } from "../../stop-signals.ts";
import { readFilter } from "./filter-options.ts";
import { describeNothing, type GraphOptions } from "./graph-options.ts";

const RENEWAL_MILLIS = 5_000;
const MAX_PORT = 65_535;

/** Port of `--port`; 0: a free one. Throws ConfigError. */
export function readMapPort(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= MAX_PORT) return port;
  throw new ConfigError(`invalid --port ${JSON.stringify(text)}: expected a whole number from 1 to ${MAX_PORT}`);
}

/** Serves the map of a source to browsers on this machine until a stop signal. The source is read again every 5 s. */
export async function serveMap(options: GraphOptions, port: number): Promise<void> {
  const problem = new ChangingProblem(printMessage, "the map is up to date again");
  const messages = new NewMessages();
  const read = async () => {
    messages.next();
    const graph = await openGraph(options, (sentence) => messages.add(sentence));
    const shown = filterGraph(graph, readFilter(options, graph));
    problem.set(shown.edges.length === 0 ? `${describeNothing(graph)} so far` : null);
    return servedMap(withEdgesOnly(shown), RENEWAL_MILLIS);
  };
  const server = await MapServer.start(await read(), port);
  const signals = new StopSignals();
  try {
    printMessage(`map at ${server.url}, for browsers of this machine; Ctrl-C ends it`);
    for (;;) {
      await signals.wait(RENEWAL_MILLIS);
      if (signals.signal.aborted) break;
      try {
        server.renew(await read());
      } catch (error) {
        problem.set(`the map is not up to date: ${error instanceof Error ? error.message : String(error)}; retrying`);
      }
    }
  } finally {
    server.close();
    signals.release();
  }
}

/** Prints the messages of each read of a source, except those that the previous read had too. */
class NewMessages {
  #before: ReadonlySet<string> = new Set();
  #now = new Set<string>();

  /** The source is about to be read again. */
  next(): void {
    this.#before = this.#now;
    this.#now = new Set();
  }

  add(sentence: string): void {
    this.#now.add(sentence);
    if (!this.#before.has(sentence)) printMessage(sentence);
  }
}
