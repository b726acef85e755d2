/** A name in the cluster's DNS schema: https://github.com/kubernetes/dns/blob/master/docs/specification.md */
export interface ClusterName {
  readonly service: string;
  readonly namespace: string;
}

/** Where services of several clusters have their names (KEP-1645). */
const CLUSTER_SET_DOMAIN = ".clusterset.local";

/**
 * The cluster's DNS domain, and what resolvers make of a name with it: the search path of a pod is
 * `<namespace>.svc.<domain>`, `svc.<domain>`, `<domain>`, so one asked name shows as several questions (`ndots:5`).
 */
export class ClusterNames {
  readonly #domain: string;
  readonly #serviceDomain: string;

  constructor(domain = "cluster.local") {
    this.#domain = `.${domain.toLowerCase()}`;
    this.#serviceDomain = `.svc${this.#domain}`;
  }

  /**
   * Whether the name lies in the cluster's domain, at a label boundary: `foo.mycluster.local` does not. Names of the
   * cluster set are the cluster's too.
   */
  isInCluster(name: string): boolean {
    return name.endsWith(this.#domain) || this.isInClusterSet(name);
  }

  isInClusterSet(name: string): boolean {
    return name.endsWith(CLUSTER_SET_DOMAIN);
  }

  /** Service and namespace that an in-cluster name asks for; null for pod names and anything else. */
  parse(name: string): ClusterName | null {
    const suffix = this.isInClusterSet(name) ? `.svc${CLUSTER_SET_DOMAIN}` : this.#serviceDomain;
    if (!name.endsWith(suffix)) return null;
    const labels = name.slice(0, -suffix.length).split(".");
    const [namespace, service] = labels.toReversed();
    const hosts = labels.slice(0, -2);
    // Before the Service there is nothing, a pod's host name, or port and protocol of an SRV question.
    const isShaped = hosts.length <= 1 || (hosts.length === 2 && hosts.every((label) => label.startsWith("_")));
    return namespace === undefined || service === undefined || !isShaped ? null : { service, namespace };
  }

  /** `name` as asked in full from the namespace. */
  inNamespace(name: string, namespace: string): string {
    return `${name}.${namespace}${this.#serviceDomain}`;
  }

  /** `name.namespace` as asked in full. */
  asService(name: string): string {
    return `${name}${this.#serviceDomain}`;
  }

  /**
   * What a program may have asked, so that its resolver came to ask this: the name itself, and the name less each
   * suffix of the search path. `namespace` is the client's; null (host processes) stands for any.
   */
  searchBases(name: string, namespace: string | null): string[] {
    if (!name.endsWith(this.#domain)) return [name];
    const bases = [name, name.slice(0, -this.#domain.length)];
    if (!name.endsWith(this.#serviceDomain)) return bases;
    const inService = name.slice(0, -this.#serviceDomain.length);
    bases.push(inService);
    const dot = inService.lastIndexOf(".");
    const isOwn = namespace === null ? dot > 0 : inService.endsWith(`.${namespace}`);
    if (isOwn) bases.push(inService.slice(0, dot));
    return bases;
  }
}

/**
 * Proper prefixes of a name at label boundaries, longest first: what it may have been before some unknown suffix.
 * `minLabels`: shorter ones are left out.
 */
export function labelPrefixes(name: string, minLabels = 2): string[] {
  const labels = name.split(".");
  const prefixes: string[] = [];
  for (let count = labels.length - 1; count >= minLabels; count--) prefixes.push(labels.slice(0, count).join("."));
  return prefixes;
}
