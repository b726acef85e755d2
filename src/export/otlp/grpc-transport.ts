// EDGE: gRPC
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
import type { FailedAnswer } from "../queue/exporter.ts";
import { readClientCertificates } from "./client-certificates.ts";
import { retryDelayMillis } from "./export-response.ts";
import { grpcProblem } from "./grpc-problem.ts";
import { forgetProxyFailure, type GrpcProxy, proxyOf } from "./grpc-proxy.ts";
import { GrpcStatus } from "./grpc-status.ts";
import { grpcVerdict, isAnswer } from "./grpc-verdict.ts";
import type { OtlpEndpoint, OtlpEnvironment } from "./otlp-environment.ts";
import { type OtlpTransport, RESOLUTION_INTERVAL_MILLIS } from "./otlp-transport.ts";

function channelCredentials(environment: OtlpEnvironment): ChannelCredentials {
  if (!environment.endpoint.tls) return credentials.createInsecure();
  const { authority, client } = readClientCertificates(environment);
  return client === null
    ? credentials.createSsl(authority)
    : credentials.createSsl(authority, client.key, client.certificate);
}

function requestMetadata(environment: OtlpEnvironment): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(environment.headers)) metadata.set(key, value);
  return metadata;
}

/** opentelemetry/proto/collector/trace/v1/trace_service.proto */
const EXPORT_PATH = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

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

/** A call that failed, whether the server sent headers, and the proxy in between. */
class CallError extends Error {
  readonly error: ServiceError;
  readonly hasHeaders: boolean;
  readonly proxy: GrpcProxy | null;

  constructor(error: ServiceError, hasHeaders: boolean, proxy: GrpcProxy | null) {
    super(error.message);
    this.error = error;
    this.hasHeaders = hasHeaders;
    this.proxy = proxy;
  }
}

function failed({ error, hasHeaders, proxy }: CallError, endpoint: OtlpEndpoint): FailedAnswer {
  const { code = null, details = error.message, metadata } = error as Partial<ServiceError> & Error;
  const [trailer] = metadata?.get("grpc-status-details-bin") ?? [];
  const hasMetadata = Object.keys(metadata?.getMap() ?? {}).length > 0;
  const retryAfterMillis = trailer instanceof Uint8Array ? retryDelayMillis(trailer) : null;
  const failure = { code, details, retryAfterMillis, isAnswered: isAnswer(details, hasHeaders, hasMetadata) };
  return {
    type: "failed",
    verdict: grpcVerdict(failure),
    code,
    retryAfterMillis,
    sentence: grpcProblem(endpoint, failure, proxy),
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
  #resolutionError: CallError | null = null;

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

  /** Resolves with the response; rejects with a CallError. */
  async post(bytes: Buffer, metadata: Metadata): Promise<Buffer> {
    if (this.#resolutionError !== null && this.#wasClosedRecently()) throw this.#resolutionError;
    this.#client ??= this.#open();
    const client = this.#client;
    try {
      return await this.#request(client, bytes, metadata);
    } catch (error) {
      if (error instanceof CallError) this.#afterFailure(client, error);
      throw error;
    }
  }

  close(): void {
    this.#client?.close();
    this.#client = null;
  }

  #open(): Client {
    this.#resolutionError = null;
    forgetProxyFailure();
    return new Client(this.#environment.endpoint.target, this.#credentials, this.#options);
  }

  #wasClosedRecently(): boolean {
    return performance.now() - this.#closedMillis < RESOLUTION_INTERVAL_MILLIS;
  }

  #request(client: Client, bytes: Buffer, metadata: Metadata): Promise<Buffer> {
    const asIs = (same: Buffer): Buffer => same;
    const deadline = Date.now() + this.#environment.timeoutMillis;
    return new Promise((resolve, reject) => {
      let hasHeaders = false;
      client
        .makeUnaryRequest(EXPORT_PATH, asIs, asIs, bytes, metadata, { deadline }, (error, response) => {
          if (error === null) resolve(response ?? Buffer.alloc(0));
          else reject(new CallError(error, hasHeaders, proxyOf(client, this.#environment.endpoint.target)));
        })
        .once("metadata", () => {
          hasHeaders = true;
          forgetProxyFailure();
        });
    });
  }

  /**
   * Closes the client after a failed name resolution, which would be repeated on every connection attempt, and after
   * UNAVAILABLE from a connected server, which may be one of several: the next connection may reach another one.
   */
  #afterFailure(client: Client, failure: CallError): void {
    const { code, details } = failure.error;
    if (client !== this.#client || code !== GrpcStatus.unavailable) return;
    const isUnresolved = /Name resolution failed/.test(details);
    const isConnected = client.getChannel().getConnectivityState(false) === connectivityState.READY;
    if (isUnresolved) this.#resolutionError = failure;
    if (!isUnresolved && (!isConnected || this.#wasClosedRecently())) return;
    this.close();
    this.#closedMillis = performance.now();
  }
}

/**
 * OTLP over gRPC. It uses grpc-js directly, since OpenTelemetry's exporter does not pass channel options. grpc-js reads
 * proxies by itself: grpc_proxy, https_proxy, http_proxy, except for no_grpc_proxy or no_proxy. Throws ConfigError for
 * unusable certificates.
 */
export function createGrpcTransport(environment: OtlpEnvironment, version: string): OtlpTransport {
  const connection = new Connection(environment, version);
  const metadata = requestMetadata(environment);
  return {
    async post(request) {
      try {
        return { type: "accepted", response: await connection.post(request, metadata) };
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        return failed(error, environment.endpoint);
      }
    },
    close: () => connection.close(),
  };
}
