// An application that sends its own spans by the OpenTelemetry SDK, as many as its argument says: `web` calls `api`.
import { context, SpanKind, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

function service(name: string): BasicTracerProvider {
  return new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": name, "service.namespace": "shop" }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: process.argv[3] ?? "" }))],
  });
}

const [web, api] = [service("web"), service("api")];
for (let call = 0; call < Number(process.argv[2]); call++) {
  const client = web.getTracer("web").startSpan("GET /", { kind: SpanKind.CLIENT });
  const parent = trace.setSpan(context.active(), client);
  api.getTracer("api").startSpan("GET /", { kind: SpanKind.SERVER }, parent).end();
  client.end();
}
await Promise.all([web.shutdown(), api.shutdown()]);
