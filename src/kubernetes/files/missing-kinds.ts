import { objects, text } from "../objects/json-fields.ts";
import type { KubernetesObject } from "../objects/kubernetes-objects.ts";
import { WATCHED_KINDS } from "../objects/watched-kinds.ts";

/** A cluster may have none of these: they are missing where a pod is owned by one. */
const OWNER_KINDS: readonly string[] = ["ReplicaSet", "Job"];

const BY_KUBECTL = "make it with the kubectl command that --help shows";

/** One sentence for each kind of object that should be there and is not: what it is, and what is worse without it. */
export function missingKinds(source: string, all: Iterable<KubernetesObject>, remedy = BY_KUBECTL): string[] {
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
    // As `kubectl get` takes it.
    const name = resource.replace(/\..*/, "");
    return `${source} has no ${name}: ${ifMissing}; ${remedy}`;
  });
}
