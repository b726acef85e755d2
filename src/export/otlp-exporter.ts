// EDGE: grpc, and the files of certificates
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { type ChannelCredentials, credentials, Metadata } from "@grpc/grpc-js";
import { ExportResultCode } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { CompressionAlgorithm } from "@opentelemetry/otlp-exporter-base";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { ConfigError } from "../model/errors.ts";
import type { SendAnswer, SpanPairSink } from "./exporter.ts";
import type { OtlpEndpoint, OtlpEnvironment } from "./otlp-environment.ts";
import { toReadableSpans } from "./readable-spans.ts";
import { retryDelayMillis } from "./retry-info.ts";
import { sendProblem } from "./send-problem.ts";
import type { SpanPair } from "./span-pair.ts";

const UNAVAILABLE = 14;
/** Requests under way never exceed what PairExporter allows; this is only the exporter's own guard. */
const CONCURRENCY_LIMIT = 4;

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

/** The address in the only form of which the exporter keeps the port in any case; credentials are given apart. */
function exporterUrl(endpoint: OtlpEndpoint): string {
  if (endpoint.target.startsWith("unix:")) return endpoint.target;
  return endpoint.target.endsWith(":443") ? `http://${endpoint.target}` : `https://${endpoint.target}`;
}

interface GrpcError extends Error {
  readonly code?: number;
  readonly details?: string;
  readonly metadata?: Metadata;
}

function failed(error: GrpcError | undefined, endpoint: OtlpEndpoint): SendAnswer {
  const code = typeof error?.code === "number" ? error.code : null;
  const [trailer] = error?.metadata?.get("grpc-status-details-bin") ?? [];
  return {
    type: "failed",
    code,
    retryAfterMillis: trailer instanceof Uint8Array ? retryDelayMillis(trailer) : null,
    sentence: sendProblem(endpoint, code, error?.details ?? error?.message ?? "no reason given"),
  };
}

/**
 * Sends pairs with the standard OTLP exporter over gRPC, one request a call.
 * Throws ConfigError for certificates that cannot be used.
 */
export function createOtlpSink(environment: OtlpEnvironment, options: OtlpSinkOptions): SpanPairSink {
  const channel = channelCredentials(environment);
  const metadata = requestMetadata(environment);
  const scope = { name: "wirespan", version: options.version };
  let connections = 0;
  let exporter = connect();

  function connect(): OTLPTraceExporter {
    connections++;
    return new OTLPTraceExporter({
      url: exporterUrl(environment.endpoint),
      credentials: channel,
      metadata,
      compression: environment.compression === "gzip" ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE,
      timeoutMillis: environment.timeoutMillis,
      concurrencyLimit: CONCURRENCY_LIMIT,
      // grpc-js waits up to two minutes before it dials an address again, and shares that wait between channels that
      // are alike. Our own back-off decides, so a new connection must differ from the last one; its number is enough.
      userAgent: `wirespan/${options.version} (connection ${connections})`,
    });
  }

  function reconnect(after: OTLPTraceExporter): void {
    if (after !== exporter) return;
    exporter = connect();
    void after.shutdown().catch(() => {});
  }

  function post(through: OTLPTraceExporter, spans: ReadableSpan[]): Promise<SendAnswer> {
    return new Promise((resolve) => {
      through.export(spans, (result) => {
        if (result.code === ExportResultCode.SUCCESS) resolve({ type: "accepted" });
        else resolve(failed(result.error, environment.endpoint));
      });
    });
  }

  return {
    async send(pairs) {
      const through = exporter;
      try {
        const answer = await post(through, toReadableSpans(options.beforeSend(pairs), scope));
        if (answer.type === "failed" && answer.code === UNAVAILABLE) reconnect(through);
        return answer;
      } catch (error) {
        return failed(error as GrpcError, environment.endpoint);
      }
    },
    shutdown: () => exporter.shutdown(),
  };
}
