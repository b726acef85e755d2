import type { GraphNode } from "../../model/service-graph.ts";

/** Suffixes of the operator's annotation, by language. https://opentelemetry.io/docs/platforms/kubernetes/operator/automatic/ */
const SUFFIXES: Readonly<Record<string, string>> = {
  java: "java",
  nodejs: "nodejs",
  python: "python",
  dotnet: "dotnet",
  go: "go",
};
/** Resources whose pod template `kubectl patch` reaches. */
const PATCHABLE: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "DaemonSet"]);
/** Names that need no quotes in a shell. */
const PLAIN = /^[a-z0-9.-]+$/;

/**
 * The command that makes the OpenTelemetry Operator instrument a workload, or a sentence where there is none. Names come
 * from the cluster, and are used only if a shell takes them as they are.
 */
export function injectCommand(
  node: GraphNode,
  owners: readonly { readonly kind: string; readonly name: string }[],
  language: string | null,
): string {
  const [owner] = owners;
  const namespace = node.namespace ?? "default";
  const name = `${namespace}/${node.name}`;
  if (owner === undefined || owners.length > 1) return `${name}: the owner of its pods is not known`;
  if (!PATCHABLE.has(owner.kind))
    return `${name}: set the annotation in the pod template of ${owner.kind} ${owner.name}`;
  if (!PLAIN.test(owner.name) || !PLAIN.test(namespace)) return `${name}: its name cannot be used in a command`;
  const suffix = SUFFIXES[language ?? ""] ?? "sdk";
  const annotation = { [`instrumentation.opentelemetry.io/inject-${suffix}`]: "true" };
  const patch = JSON.stringify({ spec: { template: { metadata: { annotations: annotation } } } });
  return `kubectl -n ${namespace} patch ${owner.kind.toLowerCase()} ${owner.name} --type merge -p '${patch}'`;
}
