import { GenerationalCache } from "../../bounded/generational-cache.ts";
import type { OwnSpans } from "../../model/interaction.ts";
import type { Labels, WorkloadPort } from "../../model/service-graph.ts";
import { withBoundedTexts } from "../../text/bounded-text.ts";
import { asObject, number, objects, text } from "./json-fields.ts";
import {
  AGENT_LABEL,
  INSTANCE_LABEL,
  isRevisionLabel,
  SERVICE_NAME_ANNOTATION,
  SERVICE_NAMESPACE_ANNOTATION,
} from "./known-labels.ts";
import type { ObjectMetadata, PodTemplate } from "./kubernetes-objects.ts";
import { languageOf } from "./language-hint.ts";
import { ownSpansOf } from "./own-spans.ts";
import { serviceFromEnvironment } from "./service-environment.ts";

/** What a pod, or the template of pods, says about the workload. */
interface PodIdentity {
  readonly serviceName: string | null;
  readonly serviceNamespace: string | null;
  readonly ownSpans: OwnSpans;
  readonly template: PodTemplate;
}

/** Of one pod: every agent keeps them of every pod, and a tenant could fill a megabyte of each pod with them. */
const MAX_LABELS = 256;
const MAX_PORTS = 1_024;

/** Templates in a generation. Pods of one revision have equal templates, which are one object to save memory. */
const MAX_SHARED = 4_096;
const shared = new GenerationalCache<string, PodTemplate>(MAX_SHARED);

/** `unnamedBy`: what names the workload if the template does not. */
export function podIdentityOf(
  metadata: ObjectMetadata,
  spec: Record<string, unknown>,
  { preferLabels, unnamedBy }: { readonly preferLabels: boolean; readonly unnamedBy: "owner" | "pod" },
): PodIdentity {
  const containers = containersOf(spec);
  const labels = metadata.labels ?? {};
  const annotations = metadata.annotations ?? {};
  const environment = serviceFromEnvironment(containers);
  const annotated = annotations[SERVICE_NAME_ANNOTATION] ?? null;
  const labeled = preferLabels ? (labels[INSTANCE_LABEL] ?? labels[AGENT_LABEL] ?? null) : null;
  const namedBy = environment.namedBy ?? (annotated !== null ? "annotation" : labeled !== null ? "labels" : unnamedBy);
  return {
    serviceName: environment.name ?? annotated ?? labeled,
    serviceNamespace: environment.namespace ?? annotations[SERVICE_NAMESPACE_ANNOTATION] ?? null,
    ownSpans: ownSpansOf(containers, annotations),
    template: sharedTemplate({
      labels: workloadLabels(labels),
      ports: portsOf(containers),
      isHostNetwork: spec.hostNetwork === true,
      language: languageOf(objects(spec.containers)),
      namedBy,
    }),
  };
}

/** Containers, and sidecars: init containers with restartPolicy Always, which serve and are probed like any other. */
export function containersOf(spec: Record<string, unknown>): Record<string, unknown>[] {
  const sidecars = objects(spec.initContainers).filter(({ restartPolicy }) => restartPolicy === "Always");
  return [...objects(spec.containers), ...sidecars];
}

/** Protocol of a port of a container or a Service. */
export function isTcp({ protocol }: Record<string, unknown>): boolean {
  return protocol == null || protocol === "TCP";
}

/** The selector's labels, sorted; null without any, or if it is no map of texts. */
export function selectorLabels(value: unknown): Labels | null {
  const entries = Object.entries(asObject(value));
  const isText = entries.every((entry): entry is [string, string] => typeof entry[1] === "string");
  return entries.length === 0 || !isText ? null : sortedLabels(entries);
}

function workloadLabels(labels: Labels): Labels {
  const all = Object.entries(labels).filter(([name]) => !isRevisionLabel(name));
  return sortedLabels(all.slice(0, MAX_LABELS));
}

function sortedLabels(entries: readonly (readonly [string, string])[]): Labels {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** TCP ports of the containers, sorted by port, then name. */
function portsOf(containers: readonly Record<string, unknown>[]): readonly WorkloadPort[] {
  const ports = containers.flatMap((container) => objects(container.ports)).filter(isTcp);
  return ports
    .slice(0, MAX_PORTS)
    .flatMap((each): WorkloadPort[] => {
      const port = number(each.containerPort);
      return port === null ? [] : [{ name: text(each.name), port }];
    })
    .sort((a, b) => a.port - b.port || ((a.name ?? "") < (b.name ?? "") ? -1 : 1));
}

function sharedTemplate(template: PodTemplate): PodTemplate {
  const bounded = withBoundedTexts(template);
  const key = JSON.stringify(bounded);
  const known = shared.get(key);
  if (known !== undefined) return known;
  shared.set(key, bounded);
  return bounded;
}
