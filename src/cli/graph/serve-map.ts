// EDGE: a timer
import { MapServer } from "../../map-server/map-server.ts";
import { printMessage } from "../../output/stderr.ts";
import { servedMap } from "../../render/drawing/html.ts";
import { withEdgesOnly } from "../../render/render.ts";
import { StopSignals } from "../../stop-signals.ts";
import { type GraphOptions, openFilteredGraph } from "./graph-options.ts";

const RENEWAL_MILLIS = 5_000;

/** Serves the map of a source to a browser on this machine, read anew every 5 s, until a stop signal. */
export async function serveMap(options: GraphOptions): Promise<void> {
  const signals = new StopSignals();
  const read = async () => servedMap(withEdgesOnly(await openFilteredGraph(options)), RENEWAL_MILLIS);
  const server = await MapServer.start(await read());
  try {
    printMessage(`map at ${server.url}, for browsers of this machine; Ctrl-C ends it`);
    while (!(await stopsWithin(signals.signal, RENEWAL_MILLIS))) {
      try {
        server.renew(await read());
      } catch (error) {
        printMessage(`the map is not renewed: ${error instanceof Error ? error.message : String(error)}; retrying`);
      }
    }
  } finally {
    server.close();
    signals.release();
  }
}

/** Whether the signal came within so many milliseconds. */
function stopsWithin(signal: AbortSignal, millis: number): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(true);
    const timer = setTimeout(() => resolve(false), millis);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve(true);
      },
      { once: true },
    );
  });
}
