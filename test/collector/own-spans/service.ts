// A small HTTP service: `service.js PORT [URL…]` calls the URLs, each on a connection of its own, before it answers.
// With OTEL_EXPORTER_OTLP_ENDPOINT it is instrumented, by hand and with the real SDK; without, it is dark.
import { createServer, get, type IncomingMessage } from "node:http";
import { type Context, ROOT_CONTEXT, type Span, SpanKind, type Tracer, trace } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

const FLUSH_MILLIS = 200;
const propagator = new W3CTraceContextPropagator();
const getter = { get: (from: IncomingMessage["headers"], key: string) => from[key], keys: Object.keys };
const setter = { set: (to: Record<string, string>, key: string, value: string) => Object.assign(to, { [key]: value }) };

async function startTracer(endpoint: string): Promise<Tracer> {
  const { OTEL_SERVICE_NAME: name = "", SERVICE_NAMESPACE: namespace = "" } = process.env;
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": name, "service.namespace": namespace }),
    spanProcessors: [
      new BatchSpanProcessor(new OTLPTraceExporter({ url: endpoint }), { scheduledDelayMillis: FLUSH_MILLIS }),
    ],
  });
  const tracer = provider.getTracer("by hand");
  tracer.startSpan("start").end();
  await provider.forceFlush();
  return tracer;
}

const [port, ...urls] = process.argv.slice(2);
const endpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
const tracer = endpoint === undefined ? null : await startTracer(endpoint);

/** The span as the current one, and what a request carries for it. */
function entered(
  span: Span | undefined,
  parent: Context,
): { readonly context: Context; readonly headers: Record<string, string> } {
  const context = span === undefined ? parent : trace.setSpan(parent, span);
  const headers: Record<string, string> = {};
  propagator.inject(context, headers, setter);
  return { context, headers };
}

function call(url: string, parent: Context): Promise<void> {
  const attributes = { "http.request.method": "GET", "server.address": new URL(url).hostname };
  const span = tracer?.startSpan("GET", { kind: SpanKind.CLIENT, attributes }, parent);
  const { headers } = entered(span, parent);
  return new Promise((resolve, reject) => {
    get(url, { agent: false, headers }, (response) => {
      response.resume().on("end", () => {
        span?.end();
        resolve();
      });
    }).on("error", reject);
  });
}

createServer(async (request, response) => {
  const parent = propagator.extract(ROOT_CONTEXT, request.headers, getter);
  const span = tracer?.startSpan("GET /", { kind: SpanKind.SERVER }, parent);
  const { context } = entered(span, parent);
  for (const url of urls) await call(url, context);
  response.setHeader("connection", "close").end();
  span?.end();
}).listen(Number(port), "0.0.0.0", () => console.log("ready"));
