import { EdgeStore } from "../../../src/graph/store/edge-store.ts";
import type { ServiceGraph } from "../../../src/model/service-graph.ts";
import { makeInteraction } from "./shop-graph.ts";

/** Names with a meaning in at least one output: DOT, HTML, XML, Mermaid, JSON in a script, terminals. */
export const HOSTILE_NAMES = [
  'quo"te',
  "back\\slash\\",
  'ends with \\"',
  "\\N \\G \\l",
  "line\nbreak\r\n",
  "</script><script>globalThis.hacked=1</script>",
  "<img src=x onerror=globalThis.hacked=1>",
  "]]> <!-- -->",
  "&amp; &#34; &quot",
  "end",
  "subgraph",
  "graph --> x",
  "`code` **bold**",
  "#35; %% %%{init: {}}%%",
  "click n0 call x()",
  "a|b]c)d}e",
  "\u001b[31mred\u0007\u0000",
  "\u202egnp.exe",
  "\u2028\u2029",
  "half \ud800 surrogate",
  "__proto__",
  "日本語のサービス 🚀",
  "",
  "x".repeat(500),
];

/** Every hostile name as namespace, service, external, kind and DNS name. */
export function hostileGraph(): ServiceGraph {
  const store = new EdgeStore();
  for (const name of HOSTILE_NAMES) {
    const client = {
      type: "workload",
      namespace: name,
      name,
      kind: name,
      serviceName: name,
      serviceNamespace: name,
      ownSpans: "unsaid",
    } as const;
    store.add(makeInteraction({ client, server: { type: "external", name }, name }));
    store.add(
      makeInteraction({ client, server: { type: "service", namespace: "shop", name }, name, outcome: "timed_out" }),
    );
  }
  return store.graph();
}
