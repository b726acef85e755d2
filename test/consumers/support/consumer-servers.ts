// The real consumers inside a namespace, with the configuration that the repository ships and its default ports.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type ServerProcess, startServer } from "../../servers/server-process.ts";
import { type ServerName, serverProgram } from "../../servers/server-programs.ts";
import type { ConsumerNamespace } from "./consumer-namespace.ts";

/** Where each server of the shipped files listens, on the loopback. */
export const PORTS = {
  collectorOtlp: 4317,
  collectorGraph: 8889,
  collectorTelemetry: 8888,
  tempo: 3200,
  tempoOtlp: 4319,
  prometheus: 9090,
  agent: 9464,
} as const;

export const COLLECTOR_ENDPOINT = `http://127.0.0.1:${PORTS.collectorOtlp}`;
export const TEMPO_ENDPOINT = `http://127.0.0.1:${PORTS.tempoOtlp}`;

interface Start {
  readonly server: ServerName;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly isReady: () => Promise<boolean>;
}

async function start(t: TestContext, inside: ConsumerNamespace, command: Start): Promise<ServerProcess> {
  const [program = "", ...prefix] = inside.prefix;
  const path = await serverProgram(command.server, command.program);
  const server = await startServer({
    ...command,
    name: command.server,
    program,
    args: [...prefix, path, ...command.args],
  });
  // What they leave is thrown away, and Tempo takes 5 s to end in order.
  t.after(() => server.stop("SIGKILL"));
  return server;
}

/** A folder of the test's own. */
function dataFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-consumers-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20 }));
  return folder;
}

export interface CollectorStart {
  /** Files that are merged, the later over the earlier; collector-config/collector.yaml alone by default. */
  readonly configs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Ports that it must listen on before it is ready. */
  readonly ports?: readonly number[];
}

export function startCollector(
  t: TestContext,
  inside: ConsumerNamespace,
  { configs = ["collector-config/collector.yaml"], env = {}, ports }: CollectorStart = {},
): Promise<ServerProcess> {
  const awaited = ports ?? [PORTS.collectorOtlp, PORTS.collectorGraph, PORTS.collectorTelemetry];
  return start(t, inside, {
    server: "collector",
    program: "otelcol",
    args: configs.flatMap((config) => ["--config", config]),
    env,
    isReady: async () => (await Promise.all(awaited.map(inside.accepts))).every(Boolean),
  });
}

export function startTempo(
  t: TestContext,
  inside: ConsumerNamespace,
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  return start(t, inside, {
    server: "tempo",
    program: "tempo",
    args: ["-config.file=collector-config/tempo.yaml", "-config.expand-env=true"],
    env: { WIRESPAN_TEMPO_STORAGE: dataFolder(t), ...env },
    isReady: async () => (await inside.get(`http://127.0.0.1:${PORTS.tempo}/ready`)).includes("ready"),
  });
}

export function startPrometheus(t: TestContext, inside: ConsumerNamespace): Promise<ServerProcess> {
  return start(t, inside, {
    server: "prometheus",
    program: "prometheus",
    args: [
      "--config.file=collector-config/prometheus.yaml",
      "--web.enable-remote-write-receiver",
      `--storage.tsdb.path=${dataFolder(t)}`,
      `--web.listen-address=127.0.0.1:${PORTS.prometheus}`,
    ],
    isReady: async () => (await inside.get(`http://127.0.0.1:${PORTS.prometheus}/-/ready`)) !== "",
  });
}
