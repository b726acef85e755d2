import { MAX_VALUES } from "../graph/bounds.ts";
import { compareText } from "../graph/order.ts";
import type { OwnerSpecRecord, PodRecord, PodTemplate } from "../kubernetes/objects/kubernetes-objects.ts";
import type { OwnSpans } from "../model/interaction.ts";
import type { Labels, Observation, PodCounts, WorkloadDescription, WorkloadPort } from "../model/service-graph.ts";
import { commonLabels, differingLabels } from "./common-labels.ts";
import type { PodDescription, WorkloadGroup } from "./workload-groups.ts";

/** `scope`: the Kubernetes node whose pods are counted; null: all pods. */
export function describeWorkload(group: WorkloadGroup, scope: string | null, atMicros: number): WorkloadDescription {
  const { pods, deletedPods } = group;
  const owners = [...group.owners.values()].sort((a, b) => compareText(a.kind, b.kind) || compareText(a.name, b.name));
  const specs = owners.map(({ spec }) => spec).filter((spec) => spec !== null);
  // A scaled-down workload, or a CronJob before its first run, has no pods yet.
  const described: readonly PodDescription[] = pods.length > 0 ? pods : hasLabels(specs) ? specs : deletedPods;
  const templates = [...new Set(described.map(({ template }) => template))].filter((template) => template !== null);
  const sets = templates.map((template) => template.labels);
  const labels = commonLabels(sets);
  const languages = new Set(templates.map(({ language }) => language));
  return {
    atMicros,
    scope,
    owners: owners.map(({ kind, name }) => ({ kind, name })),
    ...selectorOf(owners.length === 1 ? (specs[0]?.selector ?? null) : null, owners.length === 1 ? labels : {}),
    labels,
    differingLabels: differingLabels(sets).slice(0, MAX_VALUES),
    ports: portsOf(templates),
    pods: podSummary(pods, scope),
    ownSpans: commonOwnSpans(described),
    hostNetwork: templates.some(({ isHostNetwork }) => isHostNetwork),
    schedule: specs.find(({ schedule }) => schedule !== null)?.schedule ?? null,
    namedBy: [...new Set(templates.map(({ namedBy }) => namedBy))].sort(compareText),
    language: languages.size === 1 ? (templates[0]?.language ?? null) : null,
  };
}

/**
 * Pods of the workload that started after the observation of their node began, by instance. A pod whose start is unknown
 * does not count. Null without any.
 */
export function seenFromBirth(
  { pods }: WorkloadGroup,
  observed: readonly Observation[],
): Readonly<Record<string, number>> | null {
  const counts = observed.flatMap(({ instance, node, fromMicros }): [string, number][] => {
    const seen = pods.filter(
      (pod) => exists(pod) && pod.nodeName === node && pod.startedMicros !== null && pod.startedMicros >= fromMicros,
    );
    return node === null || seen.length === 0 ? [] : [[instance, seen.length]];
  });
  return counts.length === 0 ? null : Object.fromEntries(counts);
}

/** An owner that is listed by its name alone says nothing. */
function hasLabels(specs: readonly OwnerSpecRecord[]): boolean {
  return specs.some(({ template }) => Object.keys(template.labels).length > 0);
}

/** A completed pod of a Job describes the workload, but is not counted. */
function exists(pod: PodRecord): boolean {
  return pod.endedMicros === null;
}

function selectorOf(ofOwner: Labels | null, ofPods: Labels): Pick<WorkloadDescription, "selector" | "selectorFrom"> {
  if (ofOwner !== null) return { selector: ofOwner, selectorFrom: "owner" };
  const isEmpty = Object.keys(ofPods).length === 0;
  return isEmpty ? { selector: null, selectorFrom: null } : { selector: ofPods, selectorFrom: "pods" };
}

function portsOf(templates: readonly PodTemplate[]): readonly WorkloadPort[] {
  const ports = new Map<string, WorkloadPort>();
  for (const template of templates) for (const port of template.ports) ports.set(`${port.port} ${port.name}`, port);
  return [...ports.values()].sort((a, b) => a.port - b.port || compareText(a.name ?? "", b.name ?? ""));
}

function podSummary(pods: readonly PodRecord[], scope: string | null): WorkloadDescription["pods"] {
  const counted = pods.filter((pod) => exists(pod) && (scope === null || pod.nodeName === scope));
  const nodes = [...new Set(counted.map(({ nodeName }) => nodeName))].filter((node) => node !== null).sort(compareText);
  const byNode = nodes.map((node) => [node, podCounts(counted.filter(({ nodeName }) => nodeName === node))] as const);
  return { ...podCounts(counted), byNode: Object.fromEntries(byNode) };
}

function podCounts(pods: readonly PodRecord[]): PodCounts {
  return { total: pods.length, ready: pods.filter(({ isReady }) => isReady).length };
}

/** `sent` if all pods send spans: one pod without spans leaves gaps. */
function commonOwnSpans(described: readonly { readonly ownSpans: OwnSpans }[]): OwnSpans {
  const all = new Set(described.map(({ ownSpans }) => ownSpans));
  return all.has("not_sent") ? "not_sent" : all.has("unsaid") || all.size === 0 ? "unsaid" : "sent";
}
