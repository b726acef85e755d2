import { ConfigError } from "../../model/errors.ts";
import { parseHeaderList } from "../../text/header-list.ts";
import { MAX_BATCH_PAIRS } from "../queue/pair-queue.ts";
import {
  defaultEndpoint,
  type EndpointSetting,
  type OtlpEndpoint,
  type OtlpProtocol,
  readEndpoint,
} from "./otlp-endpoint.ts";

export type { OtlpEndpoint } from "./otlp-endpoint.ts";

/** Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The validated `OTEL_*` variables. Sizes are in pairs, not spans: a pair is never split. */
export interface OtlpEnvironment {
  readonly tracesExporter: "otlp" | "console" | "none";
  readonly protocol: OtlpProtocol;
  readonly endpoint: OtlpEndpoint;
  readonly headers: Readonly<Record<string, string>>;
  /** Paths of PEM files. */
  readonly certificate: string | null;
  readonly clientCertificate: string | null;
  readonly clientKey: string | null;
  readonly compression: "gzip" | "none";
  readonly timeoutMillis: number;
  readonly maxQueuePairs: number;
  readonly maxBatchPairs: number;
  readonly scheduleDelayMillis: number;
}

/** The specification has 10 s; with pairs up to 25 s old, a longer request would end after the 30 s of Tempo. */
const DEFAULT_TIMEOUT_MILLIS = 5_000;
/** About 25 MB. The 2,048 of the specification hold only one second of connections of a busy node. */
const DEFAULT_QUEUE_PAIRS = 16_384;
/** The specification has 5 s; a shorter delay keeps pairs well within the slack of Tempo. */
const DEFAULT_SCHEDULE_DELAY_MILLIS = 1_000;

/** Value of a variable; empty counts as unset, as the specification requires. */
function read(env: Environment, name: string): string | null {
  const value = env[name]?.trim();
  return value === undefined || value === "" ? null : value;
}

/** The variable for traces, otherwise the general one. */
function otlpSetting(env: Environment, suffix: string): EndpointSetting | null {
  for (const name of [`OTEL_EXPORTER_OTLP_TRACES_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`]) {
    const value = read(env, name);
    if (value !== null) return { name, value };
  }
  return null;
}

/** The specification treats everything except `true` as false; wirespan rejects other values. */
function isTrue({ name, value }: EndpointSetting): boolean {
  const lower = value.toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  throw new ConfigError(`invalid ${name}=${value}: expected true or false`);
}

function positiveInteger(env: Environment, name: string, fallback: number): number {
  const value = read(env, name);
  if (value === null) return fallback;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1 || number > 2 ** 31 - 1) {
    throw new ConfigError(`invalid ${name}=${value}: expected a positive integer, such as ${fallback}`);
  }
  return number;
}

function tracesExporter(env: Environment): OtlpEnvironment["tracesExporter"] {
  const disabled = read(env, "OTEL_SDK_DISABLED");
  if (disabled !== null && isTrue({ name: "OTEL_SDK_DISABLED", value: disabled })) return "none";
  const value = read(env, "OTEL_TRACES_EXPORTER")?.toLowerCase() ?? "otlp";
  if (value === "otlp" || value === "console" || value === "none") return value;
  throw new ConfigError(`invalid OTEL_TRACES_EXPORTER=${value}: expected otlp, console or none`);
}

function protocol(env: Environment): OtlpProtocol {
  const setting = otlpSetting(env, "PROTOCOL");
  if (setting === null) return "grpc";
  if (setting.value === "grpc" || setting.value === "http/protobuf") return setting.value;
  throw new ConfigError(`unsupported ${setting.name}=${setting.value}; set it to grpc or http/protobuf`);
}

/**
 * Whether to use TLS for an endpoint without a scheme. The specification defaults to TLS, but most people mean plain
 * text, and a wrong guess fails or sends headers unencrypted: so OTEL_EXPORTER_OTLP_INSECURE or a certificate must decide.
 */
function schemelessTls(env: Environment, setting: EndpointSetting): boolean {
  const insecure = otlpSetting(env, "INSECURE");
  if (insecure !== null) return !isTrue(insecure);
  if (otlpSetting(env, "CERTIFICATE") !== null || otlpSetting(env, "CLIENT_CERTIFICATE") !== null) return true;
  throw new ConfigError(
    `${setting.name}=${setting.value} has no scheme; use http://${setting.value} for plain text or https://${setting.value} for TLS`,
  );
}

function endpoint(env: Environment, protocol: OtlpProtocol): OtlpEndpoint {
  const fallback = { name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: defaultEndpoint(protocol) };
  return readEndpoint(otlpSetting(env, "ENDPOINT") ?? fallback, protocol, (setting) => schemelessTls(env, setting));
}

const NO_ENDPOINT: OtlpEndpoint = { target: "", tls: false, path: "", written: "" };

/** Both variables are merged. */
function headers(env: Environment): Record<string, string> {
  const all: Record<string, string> = {};
  for (const name of ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"]) {
    const listed = parseHeaderList(read(env, name) ?? "");
    if (listed === null) {
      throw new ConfigError(`invalid ${name}: expected key=value,key2=value2, with values in printable ASCII`);
    }
    Object.assign(all, listed);
  }
  return all;
}

function compression(env: Environment): "gzip" | "none" {
  const setting = otlpSetting(env, "COMPRESSION");
  if (setting === null || setting.value === "none") return "none";
  if (setting.value === "gzip") return "gzip";
  throw new ConfigError(`invalid ${setting.name}=${setting.value}: expected gzip or none`);
}

function timeoutMillis(env: Environment): number {
  const name = otlpSetting(env, "TIMEOUT")?.name ?? "OTEL_EXPORTER_OTLP_TIMEOUT";
  return positiveInteger(env, name, DEFAULT_TIMEOUT_MILLIS);
}

/** Reads the standard variables. Throws ConfigError: one sentence with the name of the variable and a fix, without header values. */
export function readOtlpEnvironment(env: Environment): OtlpEnvironment {
  const exporter = tracesExporter(env);
  const otlpProtocol = exporter === "otlp" ? protocol(env) : "grpc";
  const clientCertificate = otlpSetting(env, "CLIENT_CERTIFICATE");
  const clientKey = otlpSetting(env, "CLIENT_KEY");
  if ((clientCertificate === null) !== (clientKey === null)) {
    throw new ConfigError(
      "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY require each other; set both or neither",
    );
  }
  const maxQueuePairs = positiveInteger(env, "OTEL_BSP_MAX_QUEUE_SIZE", DEFAULT_QUEUE_PAIRS);
  const wantedBatch = positiveInteger(env, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", MAX_BATCH_PAIRS);
  return {
    tracesExporter: exporter,
    protocol: otlpProtocol,
    endpoint: exporter === "otlp" ? endpoint(env, otlpProtocol) : NO_ENDPOINT,
    headers: headers(env),
    certificate: otlpSetting(env, "CERTIFICATE")?.value ?? null,
    clientCertificate: clientCertificate?.value ?? null,
    clientKey: clientKey?.value ?? null,
    compression: compression(env),
    timeoutMillis: timeoutMillis(env),
    maxQueuePairs,
    maxBatchPairs: Math.min(wantedBatch, MAX_BATCH_PAIRS, maxQueuePairs),
    scheduleDelayMillis: positiveInteger(env, "OTEL_BSP_SCHEDULE_DELAY", DEFAULT_SCHEDULE_DELAY_MILLIS),
  };
}
