// EDGE: grpc, and the files of certificates
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
  /** Of wirespan: the instrumentation scope's version. */
  readonly version: string;
  /** Last look at the pairs before each try: replay moves them to the present here. */
  readonly beforeSend: (pairs: readonly SpanPair[]) => readonly SpanPair[];
}

/** Content of a file that must hold PEM; `parse` throws for anything else. */
function readPem(variable: string, path: string, parse: (pem: Buffer) => unknown): Buffer {
  let pem: Buffer;
  try {
    pem = readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "error";
    throw new ConfigError(`${variable}=${path} cannot be read (${code}): name a readable PEM file.`);
  }
  try {
    parse(pem);
  } catch {
    throw new ConfigError(
      `${variable}=${path} is not what it should be: name a file in PEM form, a key without passphrase.`,
    );
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
      `OTEL_EXPORTER_OTLP_CLIENT_KEY=${clientKey} does not belong to ${clientCertificate}: name the key with which that certificate was requested.`,
    );
  }
  return credentials.createSsl(root || null, key, chain);
}

function requestMetadata(environment: OtlpEnvironment): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(environment.headers)) metadata.set(key, value);
  return metadata;
}

/** Of opentelemetry/proto/collector/trace/v1/trace_service.proto. */
const EXPORT_PATH = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/** A name that is not known is asked for no more often; whatever asks sooner is answered as before. */
const NAME_PAUSE_MILLIS = 10_000;

/**
 * What grpc-js would do otherwise: ask for a TXT record with the service's configuration at each lookup, look the name up
 * again whenever it dials, wait up to two minutes before it dials, and share that wait between channels that are alike.
 */
const CHANNEL_OPTIONS = {
  "grpc.service_config_disable_resolution": 1,
  "grpc.dns_min_time_between_resolutions_ms": NAME_PAUSE_MILLIS,
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
 * The connection to the Collector. It dials again by itself; while it does, requests fail at once, and PairExporter's
 * back-off decides when they come again.
 */
class Connection {
  readonly #environment: OtlpEnvironment;
  readonly #credentials: ChannelCredentials;
  readonly #options: ClientOptions;
  #client: Client | null = null;
  /** When it was given up last, so that the name had to be looked up anew. */
  #closedMillis = Number.NEGATIVE_INFINITY;
  /** Why the name was not found last; null when it was. */
  #nameProblem: ServiceError | null = null;

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

  /** Resolves with the answer when the request was accepted; rejects with a ServiceError. */
  async post(bytes: Buffer, metadata: Metadata): Promise<Buffer> {
    if (this.#nameProblem !== null && this.#isClosedLately()) throw this.#nameProblem;
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
    this.#nameProblem = null;
    return new Client(this.#environment.endpoint.target, this.#credentials, this.#options);
  }

  #isClosedLately(): boolean {
    return performance.now() - this.#closedMillis < NAME_PAUSE_MILLIS;
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
   * A name that is not known would be asked for at every dial. A server that is reached and says that it is not available
   * may be one of several: the next connection may find another one.
   */
  #afterFailure(client: Client, error: ServiceError): void {
    if (client !== this.#client || error.code !== GrpcStatus.unavailable) return;
    const isUnknown = /Name resolution failed/.test(error.details);
    const isReached = client.getChannel().getConnectivityState(false) === connectivityState.READY;
    if (isUnknown) this.#nameProblem = error;
    if (!isUnknown && (!isReached || this.#isClosedLately())) return;
    this.close();
    this.#closedMillis = performance.now();
  }
}

/**
 * Sends pairs over gRPC, one request a call: the standard's serializer and grpc-js, since the standard's exporter passes
 * no options to the channel. Throws ConfigError for certificates that cannot be used.
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
