// OTLP requests as the Collector's `file` exporter writes them: JSON, one request a line.
// https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
import { readFileSync } from "node:fs";

type Value = string | number | boolean;
type Attributes = Readonly<Record<string, Value>>;

export interface ReceivedSpan {
  readonly resource: Attributes;
  readonly scope: { readonly name: string; readonly version: string };
  readonly traceId: string;
  readonly spanId: string;
  /** Empty without a parent. */
  readonly parentSpanId: string;
  readonly name: string;
  /** 2 is SERVER, 3 is CLIENT. */
  readonly kind: number;
  readonly startNanos: bigint;
  readonly endNanos: bigint;
  /** 0 unset, 1 ok, 2 error. */
  readonly status: number;
  readonly attributes: Attributes;
}

interface JsonAttribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string; readonly boolValue?: boolean };
}

interface JsonSpan extends Omit<ReceivedSpan, "resource" | "scope" | "status" | "attributes"> {
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly JsonAttribute[];
  readonly status?: { readonly code?: number };
}

interface JsonRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes?: readonly JsonAttribute[] };
    readonly scopeSpans: readonly {
      readonly scope?: { readonly name?: string; readonly version?: string };
      readonly spans: readonly JsonSpan[];
    }[];
  }[];
}

function attributesOf(list: readonly JsonAttribute[] = []): Attributes {
  return Object.fromEntries(
    list.map(({ key, value }) => {
      const { stringValue, intValue, boolValue } = value;
      return [key, stringValue ?? boolValue ?? Number(intValue)];
    }),
  );
}

function spansOf({ resourceSpans }: JsonRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        resource: attributesOf(resource.attributes),
        scope: { name: scope?.name ?? "", version: scope?.version ?? "" },
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? "",
        name: span.name,
        kind: span.kind,
        startNanos: BigInt(span.startTimeUnixNano),
        endNanos: BigInt(span.endTimeUnixNano),
        status: span.status?.code ?? 0,
        attributes: attributesOf(span.attributes),
      })),
    ),
  );
}

/** The spans of every request in the file, in their order. */
export function readRequests(file: string): ReceivedSpan[][] {
  const lines = readFileSync(file, "utf8").split("\n");
  // The last line may still be on its way.
  return lines.slice(0, -1).map((line) => spansOf(JSON.parse(line) as JsonRequest));
}
