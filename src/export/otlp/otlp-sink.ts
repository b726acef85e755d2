import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { SendAnswer, SpanPairSink } from "../queue/exporter.ts";
import { toReadableSpans } from "../spans/readable-spans.ts";
import type { SpanPair } from "../spans/span-pair.ts";
import { partialSuccessOf } from "./export-response.ts";
import type { OtlpEndpoint, OtlpEnvironment } from "./otlp-environment.ts";
import type { OtlpTransport } from "./otlp-transport.ts";
import { partialProblem, rejectedProblem } from "./send-problem.ts";

const NO_BYTES = new Uint8Array(0);

interface OtlpSinkOptions {
  /** Version of wirespan, for the instrumentation scope. */
  readonly version: string;
  /** Called before each attempt; replay shifts the pairs to the present here. */
  readonly beforeSend: (pairs: readonly SpanPair[]) => readonly SpanPair[];
}

async function openTransport(environment: OtlpEnvironment, version: string): Promise<OtlpTransport> {
  if (environment.protocol === "grpc") {
    return (await import("./grpc-transport.ts")).createGrpcTransport(environment, version);
  }
  return (await import("./http-transport.ts")).createHttpTransport(environment, version);
}

function accepted(endpoint: OtlpEndpoint, response: Uint8Array, sentSpans: number): SendAnswer {
  const partial = partialSuccessOf(response);
  if (partial === null) return { type: "accepted" };
  const sentence = partialProblem(endpoint, partial.rejectedSpans, sentSpans, partial.message);
  return { type: "accepted", rejected: { spans: partial.rejectedSpans, sentence } };
}

/**
 * Sends pairs over the protocol of the environment, one request per call, with OpenTelemetry's serializer. Throws
 * ConfigError for unusable certificates.
 */
export async function createOtlpSink(environment: OtlpEnvironment, options: OtlpSinkOptions): Promise<SpanPairSink> {
  const { endpoint } = environment;
  const transport = await openTransport(environment, options.version);
  const scope = { name: "wirespan", version: options.version };
  return {
    async send(pairs) {
      try {
        const spans = toReadableSpans(options.beforeSend(pairs), scope);
        const bytes = ProtobufTraceSerializer.serializeRequest(spans) ?? NO_BYTES;
        // A view: a copy would be as much garbage again for each request.
        const answer = await transport.post(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
        return answer.type === "failed" ? answer : accepted(endpoint, answer.response, spans.length);
      } catch (error) {
        const sentence = rejectedProblem(endpoint, (error as Error).message);
        return { type: "failed", verdict: "rejected", code: null, retryAfterMillis: null, sentence };
      }
    },
    async shutdown() {
      transport.close();
    },
  };
}
