// EDGE: the clock
import type { ApiAccess } from "../kubernetes/client/api-access.ts";
import { ClusterWatches } from "../kubernetes/client/cluster-watches.ts";
import { watchGaps } from "../kubernetes/client/watch-state.ts";
import type { KubernetesObject } from "../kubernetes/objects/kubernetes-objects.ts";
import { recordedObject } from "../kubernetes/objects/recorded-object.ts";
import { WATCHED_KINDS } from "../kubernetes/objects/watched-kinds.ts";
import { printIncomplete } from "../output/completeness.ts";
import { Output } from "../output/files/output.ts";
import { printMessage } from "../output/stderr.ts";
import { StopSignals } from "../stop-signals.ts";
import { RateLimitedLog } from "../telemetry/log.ts";
import { countText } from "../text/number-text.ts";
import { jsonText } from "../text/visible-text.ts";
import { InvalidObjects } from "./invalid-objects.ts";

const WRITE_MILLIS = 200;

/** The life of a recording: writes all objects of the cluster and then every change, one event per line, until a signal. */
export class RecordRun {
  readonly #access: ApiAccess;
  readonly #path: string;
  readonly #output: Output;
  readonly #log = new RateLimitedLog(printMessage, () => performance.now());
  readonly #invalidObjects = new InvalidObjects();
  readonly #watches: ClusterWatches<KubernetesObject>;
  #written = 0;

  /** `path` is the value of `--cluster-log`. Throws ConfigError if it cannot be written. */
  constructor(access: ApiAccess, path: string) {
    this.#access = access;
    this.#path = path;
    this.#output = new Output(path, "--cluster-log");
    const transform = { transform: recordedObject, keyOf };
    this.#watches = new ClusterWatches<KubernetesObject>(access, WATCHED_KINDS, transform, {
      watch: (problem, kind) => this.#log.write(`watch ${kind}`, problem ?? "watching the cluster again"),
      object: (problem) => {
        this.#invalidObjects.add(problem);
        this.#log.write("object", `object ignored: ${problem}`);
      },
    });
  }

  /** Resolves with the exit code after a signal. Throws OutputError and OutputClosed. */
  async untilStopped(): Promise<number> {
    const stop = new StopSignals();
    printMessage(`recording the cluster at ${this.#access.server} (${this.#access.origin})`);
    this.#watches.start();
    try {
      while (!stop.signal.aborted) {
        this.#writeEvents();
        await stop.wait(WRITE_MILLIS);
      }
    } finally {
      stop.release();
      await this.#watches.stop();
    }
    return this.#finish();
  }

  #writeEvents(): void {
    this.#log.tick();
    const isFirst = this.#written === 0;
    for (const { timeMicros, untilMicros, type, object } of this.#watches.takeEvents()) {
      const until = untilMicros === undefined ? {} : { until: untilMicros / 1e6 };
      this.#output.write(`${jsonText({ t: timeMicros / 1e6, ...until, type, object })}\n`);
      this.#written++;
    }
    this.#output.flush();
    // The first events come after all kinds are listed.
    if (isFirst && this.#written > 0) {
      const objects = countText(this.#written, "object");
      printMessage(`recorded ${objects}, the capture may begin; recording changes until Ctrl-C`);
    }
  }

  #finish(): number {
    this.#writeEvents();
    // Without events, the previous content of the file stays.
    if (this.#written > 0) this.#output.close();
    this.#log.flush();
    const file = this.#path === "-" ? "standard output" : this.#path;
    printMessage(`wrote ${countText(this.#written, "event")} to ${file}`);
    return printIncomplete([...watchGaps(this.#watches.states()), ...this.#invalidObjects.problems]);
  }
}

function keyOf({ kind, metadata }: KubernetesObject): string {
  return `${kind}/${metadata?.uid ?? `${metadata?.namespace}/${metadata?.name}`}`;
}
