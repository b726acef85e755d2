// EDGE: gRPC, and certificate files
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  type ChannelCredentials,
  Client,
  type ClientOptions,
  compressionAlgorithms,
  connectivityState,
  credentials,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { ConfigError } from "../../model/errors.ts";
import type { SendAnswer, SpanPairSink } from "../queue/exporter.ts";
import { GrpcStatus } from "../queue/grpc-status.ts";
import { toReadableSpans } from "../spans/readable-spans.ts";
import type { SpanPair } from "../spans/span-pair.ts";
import { partialSuccessOf, retryDelayMillis } from "./export-response.ts";
import type { OtlpEndpoint, OtlpEnvironment } from "./otlp-environment.ts";
import { partialProblem, sendProblem } from "./send-problem.ts";

export interface OtlpSinkOptions {
  /** Version of wirespan, for the instrumentation scope. */
  readonly version: string;
  /** Called before each attempt; replay shifts the pairs to the present here. */
  readonly beforeSend: (pairs: readonly SpanPair[]) => readonly SpanPair[];
}

/** Reads a PEM file; `parse` throws if its content is invalid. */
function readPem(variable: string, path: string, parse: (pem: Buffer) => unknown): Buffer {
  let pem: Buffer;
  try {
    pem = readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "error";
    throw new ConfigError(`cannot read ${variable}=${path} (${code}); set it to a readable PEM file`);
  }
  try {
    parse(pem);
  } catch {
    throw new ConfigError(`invalid ${variable}=${path}: expected a PEM file, for a key without a passphrase`);
  }
  return pem;
}

function channelCredentials(environment: OtlpEnvironment): ChannelCredentials {
  const { endpoint, certificate, clientCertificate, clientKey } = environment;
  if (!endpoint.tls) return credentials.createInsecure();
  const toCertificate = (pem: Buffer) => new X509Certificate(pem);
  const root = certificate && readPem("OTEL_EXPORTER_OTLP_CERTIFICATE", certificate, toCertificate);
  if (clientCertificate === null || clientKey === null) return credentials.createSsl(root || null);
  const chain = readPem("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", clientCertificate, toCertificate);
  const key = readPem("OTEL_EXPORTER_OTLP_CLIENT_KEY", clientKey, createPrivateKey);
  if (!toCertificate(chain).checkPrivateKey(createPrivateKey(key))) {
    throw new ConfigError(
      `OTEL_EXPORTER_OTLP_CLIENT_KEY=${clientKey} does not match the certificate ${clientCertificate}; set it to the key of this certificate`,
    );
  }
  return credentials.createSsl(root || null, key, chain);
}

function requestMetadata(environment: OtlpEnvironment): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(environment.headers)) metadata.set(key, value);
  return metadata;
}

/** opentelemetry/proto/collector/trace/v1/trace_service.proto */
const EXPORT_PATH = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/** Shortest time between two DNS resolutions of the endpoint; until then a failed resolution fails every request. */
const RESOLUTION_INTERVAL_MILLIS = 10_000;

/**
 * Defaults of grpc-js that these options override: it queries a TXT record for the service config at each resolution,
 * resolves the name on every connection attempt, backs off for up to two minutes, and shares the back-off between
 * channels with equal options.
 */
const CHANNEL_OPTIONS = {
  "grpc.service_config_disable_resolution": 1,
  "grpc.dns_min_time_between_resolutions_ms": RESOLUTION_INTERVAL_MILLIS,
  "grpc.initial_reconnect_backoff_ms": 500,
  "grpc.max_reconnect_backoff_ms": 2_000,
  "grpc.use_local_subchannel_pool": 1,
} as const;

function failed(error: Pick<ServiceError, "message"> & Partial<ServiceError>, endpoint: OtlpEndpoint): SendAnswer {
  const [trailer] = error.metadata?.get("grpc-status-details-bin") ?? [];
  const code = error.code ?? null;
  return {
    type: "failed",
    code,
    retryAfterMillis: trailer instanceof Uint8Array ? retryDelayMillis(trailer) : null,
    sentence: sendProblem(endpoint, code, error.details ?? error.message),
  };
}

/**
 * The gRPC connection to the Collector. It reconnects by itself; meanwhile requests fail immediately, and the back-off
 * of PairExporter determines when they are retried.
 */
class Connection {
  readonly #environment: OtlpEnvironment;
  readonly #credentials: ChannelCredentials;
  readonly #options: ClientOptions;
  #client: Client | null = null;
  /** When the client was last closed to resolve the name again. */
  #closedMillis = Number.NEGATIVE_INFINITY;
  /** Error of the last name resolution; null if it succeeded. */
  #resolutionError: ServiceError | null = null;

  constructor(environment: OtlpEnvironment, version: string) {
    this.#environment = environment;
    this.#credentials = channelCredentials(environment);
    this.#options = {
      ...CHANNEL_OPTIONS,
      "grpc.primary_user_agent": `wirespan/${version}`,
      "grpc.default_compression_algorithm":
        environment.compression === "gzip" ? compressionAlgorithms.gzip : compressionAlgorithms.identity,
    };
  }

  /** Resolves with the response; rejects with a ServiceError. */
  async post(bytes: Buffer, metadata: Metadata): Promise<Buffer> {
    if (this.#resolutionError !== null && this.#wasClosedRecently()) throw this.#resolutionError;
    this.#client ??= this.#open();
    const client = this.#client;
    try {
      return await this.#request(client, bytes, metadata);
    } catch (error) {
      this.#afterFailure(client, error as ServiceError);
      throw error;
    }
  }

  close(): void {
    this.#client?.close();
    this.#client = null;
  }

  #open(): Client {
    this.#resolutionError = null;
    return new Client(this.#environment.endpoint.target, this.#credentials, this.#options);
  }

  #wasClosedRecently(): boolean {
    return performance.now() - this.#closedMillis < RESOLUTION_INTERVAL_MILLIS;
  }

  #request(client: Client, bytes: Buffer, metadata: Metadata): Promise<Buffer> {
    const asIs = (same: Buffer): Buffer => same;
    const deadline = Date.now() + this.#environment.timeoutMillis;
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(EXPORT_PATH, asIs, asIs, bytes, metadata, { deadline }, (error, response) => {
        if (error === null) resolve(response ?? Buffer.alloc(0));
        else reject(error);
      });
    });
  }

  /**
   * Closes the client after a failed name resolution, which would be repeated on every connection attempt, and after
   * UNAVAILABLE from a connected server, which may be one of several: the next connection may reach another one.
   */
  #afterFailure(client: Client, error: ServiceError): void {
    if (client !== this.#client || error.code !== GrpcStatus.unavailable) return;
    const isUnresolved = /Name resolution failed/.test(error.details);
    const isConnected = client.getChannel().getConnectivityState(false) === connectivityState.READY;
    if (isUnresolved) this.#resolutionError = error;
    if (!isUnresolved && (!isConnected || this.#wasClosedRecently())) return;
    this.close();
    this.#closedMillis = performance.now();
  }
}

/**
 * Sends pairs over gRPC, one request per call. It uses OpenTelemetry's serializer with grpc-js, since OpenTelemetry's
 * exporter does not pass channel options. Throws ConfigError for unusable certificates.
 */
export function createOtlpSink(environment: OtlpEnvironment, options: OtlpSinkOptions): SpanPairSink {
  const connection = new Connection(environment, options.version);
  const metadata = requestMetadata(environment);
  const scope = { name: "wirespan", version: options.version };
  return {
    async send(pairs) {
      try {
        const spans = toReadableSpans(options.beforeSend(pairs), scope);
        const bytes = ProtobufTraceSerializer.serializeRequest(spans);
        const partial = partialSuccessOf(await connection.post(Buffer.from(bytes ?? []), metadata));
        if (partial === null) return { type: "accepted" };
        const sentence = partialProblem(environment.endpoint, partial.rejectedSpans, spans.length, partial.message);
        return { type: "accepted", rejected: { spans: partial.rejectedSpans, sentence } };
      } catch (error) {
        return failed(error as ServiceError, environment.endpoint);
      }
    },
    async shutdown() {
      connection.close();
    },
  };
}
