import { GenerationalCache } from "../bounded/generational-cache.ts";

/** Names in a generation of the cache: those of every lookup and connection are parsed, and they are few. */
const MAX_PARSED = 2_048;

/** A name of the cluster's DNS schema: https://github.com/kubernetes/dns/blob/master/docs/specification.md */
interface ServiceDnsName {
  readonly service: string;
  readonly namespace: string;
}

/** Domain of Services that several clusters share (KEP-1645). */
const CLUSTER_SET_DOMAIN = ".clusterset.local";

/**
 * The cluster's DNS domain, and the search path that pods have with it: `<namespace>.svc.<domain>`, `svc.<domain>`,
 * `<domain>`. With `ndots:5` one lookup of a program is several queries.
 */
export class ClusterDomain {
  readonly #domain: string;
  readonly #serviceDomain: string;
  readonly #parsed = new GenerationalCache<string, ServiceDnsName | null>(MAX_PARSED);

  constructor(domain = "cluster.local") {
    this.#domain = `.${domain.toLowerCase()}`;
    this.#serviceDomain = `.svc${this.#domain}`;
  }

  /** Whether the name is below the cluster's domain, which `foo.mycluster.local` is not, or in the cluster set. */
  contains(name: string): boolean {
    return name.endsWith(this.#domain) || this.isInClusterSet(name);
  }

  isInClusterSet(name: string): boolean {
    return name.endsWith(CLUSTER_SET_DOMAIN);
  }

  /** Service and namespace of a name; null for names of pods and names outside the cluster. */
  parse(name: string): ServiceDnsName | null {
    let parsed = this.#parsed.get(name);
    if (parsed === undefined) {
      parsed = this.#parse(name);
      this.#parsed.set(name, parsed);
    }
    return parsed;
  }

  #parse(name: string): ServiceDnsName | null {
    const suffix = this.isInClusterSet(name) ? `.svc${CLUSTER_SET_DOMAIN}` : this.#serviceDomain;
    if (!name.endsWith(suffix)) return null;
    const labels = name.slice(0, -suffix.length).split(".");
    const [namespace, service] = labels.toReversed();
    const hosts = labels.slice(0, -2);
    // The Service may have a pod's host name, or port and protocol of an SRV question, in front of it.
    const isShaped = hosts.length <= 1 || (hosts.length === 2 && hosts.every((label) => label.startsWith("_")));
    return namespace === undefined || service === undefined || !isShaped ? null : { service, namespace };
  }

  /** `<name>.<namespace>.svc.<domain>`. */
  inNamespace(name: string, namespace: string): string {
    return `${name}.${namespace}${this.#serviceDomain}`;
  }

  /** `<name>.svc.<domain>`, for a name that includes the namespace. */
  asService(name: string): string {
    return `${name}${this.#serviceDomain}`;
  }

  /**
   * Names that a program may have looked up when its resolver queries this one: the name itself, and the name without
   * each suffix of the search path. `namespace` is that of the client; null (host processes) stands for any.
   */
  searchCandidates(name: string, namespace: string | null): string[] {
    if (!name.endsWith(this.#domain)) return [name];
    const candidates = [name, name.slice(0, -this.#domain.length)];
    if (!name.endsWith(this.#serviceDomain)) return candidates;
    const inService = name.slice(0, -this.#serviceDomain.length);
    candidates.push(inService);
    const dot = inService.lastIndexOf(".");
    const isOwn = namespace === null ? dot > 0 : inService.endsWith(`.${namespace}`);
    if (isOwn) candidates.push(inService.slice(0, dot));
    return candidates;
  }
}

/** A search domain of a node has fewer labels. A name has up to 127, and a search up to 64 names with all their prefixes. */
const MAX_SUFFIX_LABELS = 16;

/** Proper prefixes of a name at label boundaries, longest first: the name without an unknown suffix of up to 16 labels. */
export function labelPrefixes(name: string, minLabels: 1 | 2 = 2): string[] {
  const prefixes: string[] = [];
  let dot = name.lastIndexOf(".");
  while (dot > 0 && prefixes.length < MAX_SUFFIX_LABELS) {
    const prefix = name.slice(0, dot);
    dot = prefix.lastIndexOf(".");
    if (minLabels === 1 || dot > 0) prefixes.push(prefix);
  }
  return prefixes;
}
