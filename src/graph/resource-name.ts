/** A resource as kubectl names it, such as `deploy/web`, `svc/shop/web` or `statefulset.apps/db`. */
interface ResourceName {
  /** In the singular, in lower case, without the API group: `deployment`. */
  readonly type: string;
  /** `NAME` or `NAMESPACE/NAME`. */
  readonly name: string;
}

/** Each type with its short names; kubectl also accepts the plural. */
const SHORT_NAMES: Readonly<Record<string, readonly string[]>> = {
  service: ["svc"],
  deployment: ["deploy"],
  statefulset: ["sts"],
  daemonset: ["ds"],
  replicaset: ["rs"],
  replicationcontroller: ["rc"],
  job: [],
  cronjob: ["cj"],
  pod: ["po"],
  node: ["no"],
  namespace: ["ns"],
  // A type of the graph, not of Kubernetes.
  workload: [],
};

/** Null for a name without a type that kubectl knows. */
export function parseResourceName(written: string): ResourceName | null {
  const slash = written.indexOf("/");
  if (slash < 0) return null;
  const [word = ""] = written.slice(0, slash).toLowerCase().split(".");
  const type = Object.keys(SHORT_NAMES).find(
    (each) => word === each || word === `${each}s` || SHORT_NAMES[each]?.includes(word),
  );
  return type === undefined ? null : { type, name: written.slice(slash + 1) };
}
