import fc from "fast-check";
import { blockContains } from "../../../src/access/block-contains.ts";
import { AddressRange } from "../../../src/model/address-range.ts";
import type { Labels } from "../../../src/model/service-graph.ts";

const APPS = ["web", "cart", "db"];
const TIERS = ["front", "back"];
const TEAMS = ["red", "blue"];
/** A node's address; a graph keeps the addresses of all nodes together. */
export const NODE_ADDRESS = "192.0.2.7";
/** Addresses of every cell into which the blocks below divide them, both families. */
export const ADDRESSES = ["10.1.2.3", "10.1.9.9", "10.9.9.9", NODE_ADDRESS, "198.51.100.7", "fd00:1::7", "2001:db8::7"];
const BLOCKS = [
  "0.0.0.0/0",
  "::/0",
  "10.0.0.0/8",
  "10.1.0.0/16",
  // Its last bits do not count.
  "10.1.2.99/24",
  "10.1.2.3/32",
  "198.51.100.0/24",
  "fd00::/8",
  "2001:db8::7/128",
];
const PORTS = [80, 443, 5432, 8080];
const PORT_NAMES = ["http", "sql", "none"];
/** A label of one revision, which the description of a workload leaves out. */
export const REVISION = "pod-template-hash";
export const REVISIONS = ["5d9c", "77fb"];

export interface RandomPod {
  readonly namespace: string;
  readonly labels: Labels;
  /** Name by port. */
  readonly ports: ReadonlyMap<number, string>;
}

/** An end by its index among the pods; the node, or a host outside, by its address. */
export type RandomEnd = { readonly pod: number } | { readonly address: string };

export interface Sample {
  readonly namespaces: ReadonlyMap<string, Labels>;
  /** Namespaces that the check is given an object of. */
  readonly described: ReadonlySet<string>;
  readonly pods: readonly RandomPod[];
  readonly connections: readonly { readonly client: RandomEnd; readonly server: RandomEnd; readonly port: number }[];
  readonly policies: readonly Manifest[];
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** What random policies are made of. */
export interface Vocabulary {
  readonly namespaces: readonly string[];
  /** Values by key. */
  readonly podLabels: Readonly<Record<string, readonly string[]>>;
  readonly namespaceLabels: Readonly<Record<string, readonly string[]>>;
  /** Keys of pods and of namespaces for `NotIn`. */
  readonly notIn: readonly [pods: readonly string[], namespaces: readonly string[]];
  readonly blocks: readonly string[];
  readonly ports: readonly number[];
  readonly portNames: readonly string[];
  /** Whether egress rules have names of ports, too. */
  readonly namesInEgress: boolean;
}

/** An object without the fields that are undefined. */
function given<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

/** Any selector, the empty one too. */
function selector(keys: Readonly<Record<string, readonly string[]>>, notIn: readonly string[]): fc.Arbitrary<object> {
  const key = fc.constantFrom(...Object.keys(keys));
  const valuesOf = (one: string): fc.Arbitrary<string[]> =>
    fc.uniqueArray(fc.constantFrom(...(keys[one] ?? []), "other"), { minLength: 1, maxLength: 2 });
  const pair = key.chain((one) => valuesOf(one).map(([value = ""]) => [one, value] as const));
  const withValues = (operator: string, of: fc.Arbitrary<string>): fc.Arbitrary<object> =>
    of.chain((one) => valuesOf(one).map((values) => ({ key: one, operator, values })));
  const expression = fc.oneof(
    withValues("In", key),
    withValues("NotIn", fc.constantFrom(...notIn)),
    key.map((one) => ({ key: one, operator: "Exists" })),
    key.map((one) => ({ key: one, operator: "DoesNotExist" })),
  );
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant({}) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(
          optional(fc.array(pair, { minLength: 1, maxLength: 2 }).map((pairs) => Object.fromEntries(pairs))),
          optional(fc.array(expression, { minLength: 1, maxLength: 2 })),
        )
        .map(([matchLabels, matchExpressions]) => given({ matchLabels, matchExpressions })),
    },
  );
}

function podSelector({ podLabels, notIn }: Vocabulary): fc.Arbitrary<object> {
  return selector(podLabels, notIn[0]);
}

function namespaceSelector({ namespaceLabels, notIn }: Vocabulary): fc.Arbitrary<object> {
  return selector(namespaceLabels, notIn[1]);
}

/** Half of them have exceptions where they can: inside of their block, as the API server asks for it. */
function ipBlock({ blocks }: Vocabulary): fc.Arbitrary<object> {
  return fc.constantFrom(...blocks).chain((cidr) => {
    const inside = blocks.filter((one) => isInside(one, cidr));
    const except = inside.length === 0 ? fc.constant(undefined) : optional(fc.subarray(inside, { minLength: 1 }));
    return except.map((some) => ({ ipBlock: given({ cidr, except: some }) }));
  });
}

function isInside(inner: string, outer: string): boolean {
  const [a, b] = [AddressRange.parse(inner), AddressRange.parse(outer)];
  if (a === null || b === null || a.family !== b.family || a.prefixBits <= b.prefixBits) return false;
  return blockContains(b, inner.split("/")[0] ?? "");
}

function peer(vocabulary: Vocabulary): fc.Arbitrary<object> {
  return fc.oneof(
    { weight: 2, arbitrary: podSelector(vocabulary).map((one) => ({ podSelector: one })) },
    { weight: 2, arbitrary: namespaceSelector(vocabulary).map((one) => ({ namespaceSelector: one })) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(podSelector(vocabulary), namespaceSelector(vocabulary))
        .map(([pods, namespaces]) => ({ podSelector: pods, namespaceSelector: namespaces })),
    },
    { weight: 4, arbitrary: ipBlock(vocabulary) },
  );
}

const protocol = fc.constantFrom("TCP", "TCP", "TCP", "UDP", undefined);

function port({ ports, portNames }: Vocabulary, hasNames: boolean): fc.Arbitrary<object> {
  const number = fc.constantFrom(...ports);
  return fc.oneof(
    fc.tuple(protocol, optional(number)).map(([one, value]) => given({ protocol: one, port: value })),
    fc.tuple(protocol, number, fc.nat(6000)).map(([one, from, more]) => ({
      ...given({ protocol: one }),
      port: from,
      endPort: Math.min(from + more, 65_535),
    })),
    ...(hasNames
      ? [fc.tuple(protocol, fc.constantFrom(...portNames)).map(([one, name]) => given({ protocol: one, port: name }))]
      : []),
  );
}

function rule(direction: "from" | "to", vocabulary: Vocabulary): fc.Arbitrary<object> {
  const hasNames = direction === "from" || vocabulary.namesInEgress;
  return fc
    .tuple(
      optional(fc.array(peer(vocabulary), { maxLength: 2 })),
      optional(fc.array(port(vocabulary, hasNames), { maxLength: 3 })),
    )
    .map(([peers, ports]) => given({ [direction]: peers, ports }));
}

export function randomPolicy(vocabulary: Vocabulary, index: number): fc.Arbitrary<Manifest> {
  return fc
    .record({
      namespace: fc.constantFrom(...vocabulary.namespaces),
      pods: podSelector(vocabulary),
      types: fc.constantFrom(["Ingress"], ["Egress"], ["Ingress", "Egress"], undefined),
      ingress: optional(fc.array(rule("from", vocabulary), { maxLength: 2 })),
      egress: optional(fc.array(rule("to", vocabulary), { maxLength: 2 })),
    })
    .map(({ namespace, pods, types, ingress, egress }) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: `policy-${index}`, namespace },
      spec: given({ podSelector: pods, policyTypes: types, ingress, egress }),
    }));
}

/** Policies and traffic of namespaces with this prefix. */
export function samples(prefix: string): fc.Arbitrary<Sample> {
  const names = ["a", "b", "c"].map((name) => `${prefix}-${name}`);
  /**
   * Two differences of cyclonus from Kubernetes are left out: `NotIn` does not select objects without the key there, so its
   * key is one that all objects have; and a `matchLabels` with an empty value selects objects without the key.
   */
  const vocabulary: Vocabulary = {
    namespaces: names,
    podLabels: { app: APPS, tier: TIERS, [REVISION]: REVISIONS },
    namespaceLabels: { "kubernetes.io/metadata.name": names, team: TEAMS },
    notIn: [["app"], ["kubernetes.io/metadata.name"]],
    blocks: BLOCKS,
    ports: PORTS,
    portNames: PORT_NAMES,
    namesInEgress: true,
  };
  const pod = fc.record({
    namespace: fc.constantFrom(...names),
    labels: fc
      .record({ app: fc.constantFrom(...APPS), tier: optional(fc.constantFrom(...TIERS)) })
      .map((labels): Labels => given(labels) as unknown as Labels),
    ports: fc
      .uniqueArray(fc.tuple(fc.constantFrom(...PORTS), fc.constantFrom("http", "sql")), { selector: ([one]) => one })
      .map((ports) => new Map(ports)),
  });
  return fc
    .record({
      teams: fc.tuple(...names.map(() => optional(fc.constantFrom(...TEAMS)))),
      described: fc.subarray(names, { minLength: 2 }),
      pods: fc.array(pod, { minLength: 2, maxLength: 5 }),
      policyCount: fc.integer({ min: 2, max: 9 }),
    })
    .chain(({ teams, described, pods, policyCount }) => {
      const end = fc.oneof(
        { weight: 4, arbitrary: fc.nat(pods.length - 1).map((one): RandomEnd => ({ pod: one })) },
        {
          weight: 2,
          arbitrary: fc.constantFrom(...ADDRESSES).map((address): RandomEnd => ({ address })),
        },
      );
      return fc.record({
        namespaces: fc.constant(
          new Map(
            names.map((name, i): [string, Labels] => [
              name,
              given({ "kubernetes.io/metadata.name": name, team: teams[i] }) as unknown as Labels,
            ]),
          ),
        ),
        described: fc.constant(new Set(described)),
        pods: fc.constant(pods),
        connections: fc.array(fc.record({ client: end, server: end, port: fc.constantFrom(...PORTS) }), {
          minLength: 4,
          maxLength: 12,
        }),
        policies: fc.tuple(...Array.from({ length: policyCount }, (_, i) => randomPolicy(vocabulary, i))),
      });
    });
}

/** The seed of one sample of a run. Runs of neighboring seeds have no sample in common. */
export function seedOf(seed: number, sample: number): number {
  return (seed + sample * 7919) | 0;
}
