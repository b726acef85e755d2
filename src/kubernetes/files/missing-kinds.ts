import { objects, text } from "../objects/json-fields.ts";
import type { KubernetesObject } from "../objects/kubernetes-objects.ts";
import { WATCHED_KINDS } from "../objects/watched-kinds.ts";

/** Missing only if a pod has such an owner. */
const OWNER_KINDS: readonly string[] = ["ReplicaSet", "Job"];

const USE_KUBECTL = "create it with the kubectl command that --help shows";

/** One sentence for each missing kind: its name, the effect, and the fix. */
export function missingKinds(source: string, all: Iterable<KubernetesObject>, fix = USE_KUBECTL): string[] {
  const present = new Set<string>();
  const owning = new Set<string>();
  for (const { kind, metadata } of all) {
    present.add(kind ?? "");
    if (kind !== "Pod") continue;
    for (const owner of objects(metadata?.ownerReferences)) owning.add(text(owner.kind) ?? "");
  }
  return WATCHED_KINDS.filter(({ kind }) => {
    return !present.has(kind) && (!OWNER_KINDS.includes(kind) || owning.has(kind));
  }).map(({ resource, ifMissing }) => {
    // The name for `kubectl get`.
    const name = resource.replace(/\..*/, "");
    return `${source} has no ${name}: ${ifMissing}; ${fix}`;
  });
}
