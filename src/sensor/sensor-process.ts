// EDGE: child_process, process
/**
 * The sensor as a child process of the agent, restarted when it exits or sends nothing. A process, not a thread, so that
 * it can be killed while packets keep it busy.
 */
import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { FactReader } from "../facts/fact-reader.ts";
import { FactStreamError } from "../model/errors.ts";
import { FACTS_DESCRIPTOR } from "./fact-descriptor.ts";
import type { SensorChildOptions } from "./sensor-child.ts";
import {
  type Ending,
  HEARTBEAT_CHECKS,
  HEARTBEAT_MILLIS,
  type RunningSensor,
  type SensorHandlers,
  type SensorLoss,
  type SensorRun,
  SensorSupervisor,
} from "./sensor-supervisor.ts";
import { STOP_DESCRIPTOR } from "./stop-request.ts";

interface SensorProcessOptions extends SensorChildOptions {
  /** A sensor that sends nothing for this long is killed and restarted; 5 s. */
  readonly heartbeatMillis?: number;
}

const KILL_MILLIS = 1_000;
const MAX_ERROR_CHARACTERS = 8_192;

const CHILD = fileURLToPath(new URL("./sensor-child.js", import.meta.url));
/** V8's options for a small heap, as in wirespan.sh. */
const HEAP_OPTIONS = ["--max-semi-space-size=4", "--heap-growing-percent=50", "--no-allocation-site-pretenuring"];
/** Environment variables of the sensor: those that Node needs to start, and no credentials. */
const PASSED_ENV = ["PATH", "LD_LIBRARY_PATH", "LANG", "NODE_OPTIONS", "NODE_V8_COVERAGE", "WIRESPAN_NATIVE_BINDING"];

/**
 * Starts the sensor and resolves when it captures. Throws `CaptureError` if the first start fails (no such device,
 * no permission); later failures are retried, since the device may come back.
 */
export async function startSensorProcess(
  options: SensorProcessOptions,
  handlers: SensorHandlers,
): Promise<RunningSensor> {
  const supervisor = new SensorSupervisor(
    {
      mode: options.source.type === "file" ? "once" : "live",
      startRun: (onFacts) => startRun(options, handlers, onFacts),
    },
    handlers,
  );
  await supervisor.firstStart;
  return supervisor;
}

function startRun(
  options: SensorProcessOptions,
  { facts, event }: SensorHandlers,
  onFacts: (bytes: number) => void,
): SensorRun {
  const { source, dnsPorts, heartbeatMillis = HEARTBEAT_MILLIS } = options;
  const child = spawn(process.execPath, [...HEAP_OPTIONS, CHILD, JSON.stringify({ source, dnsPorts })], {
    env: Object.fromEntries(PASSED_ENV.map((name) => [name, process.env[name]])),
    stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
  });
  // A new reader, because a new sensor assigns new numbers to texts.
  const reader = new FactReader(facts);
  let killed: { readonly loss: SensorLoss; readonly reason: string } | null = null;
  let wasAlive = false;
  let silentChecks = 0;
  let errors = "";

  const kill = (loss: SensorLoss, reason: string): void => {
    killed ??= { loss, reason };
    child.kill("SIGKILL");
  };
  const heartbeat = setInterval(() => {
    if (++silentChecks > HEARTBEAT_CHECKS) kill("silent", `no heartbeat for ${heartbeatMillis / 1000} s`);
  }, heartbeatMillis / HEARTBEAT_CHECKS);

  (child.stdio[FACTS_DESCRIPTOR] as Readable).on("data", (chunk: Buffer) => {
    if (killed !== null) return;
    silentChecks = 0;
    if (!wasAlive) event({ type: "started", pid: child.pid ?? null, hasSameCounters: false });
    wasAlive = true;
    onFacts(chunk.length);
    try {
      reader.read(chunk);
    } catch (error) {
      if (!(error instanceof FactStreamError)) throw error;
      kill("garbled", error.message);
    }
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-MAX_ERROR_CHARACTERS);
  });

  const ended = new Promise<Ending>((resolve) => {
    const finish = (loss: SensorLoss, reason: string): void => {
      clearInterval(heartbeat);
      const refusal = /^CaptureError: (.*)$/m.exec(errors)?.[1] ?? null;
      resolve({ loss: killed?.loss ?? loss, reason: killed?.reason ?? reason, refusal, wasAlive });
    };
    child.once("error", (error) => finish("exited", error.message));
    // After "close" all output of the sensor has been read.
    child.once("close", (code, signal) => {
      const lastLine = errors.trimEnd().split("\n").at(-1) ?? "";
      const how = signal === null ? `exit code ${code}` : `killed by ${signal}`;
      finish(signal === null ? "exited" : "killed", lastLine === "" ? how : `${how}: ${lastLine}`);
    });
  });
  const stop = (): void => {
    // The signal stops a sensor that reads a file; a live sensor under load would not receive it.
    (child.stdio[STOP_DESCRIPTOR] as Writable).destroy();
    if (source.type === "file") child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), KILL_MILLIS);
    void ended.then(() => clearTimeout(timer));
  };
  return { ended, stop };
}
