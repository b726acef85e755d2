import { parseAllDocuments } from "yaml";
import { asObject, isRecord, objects, text } from "../../kubernetes/objects/json-fields.ts";
import { ConfigError } from "../../model/errors.ts";
import type { Labels } from "../../model/service-graph.ts";
import { type NetworkPolicy, readNetworkPolicy } from "./network-policies.ts";

/** What a check needs of a set of manifests. */
export interface Manifests {
  readonly policies: NetworkPolicy[];
  /** Labels by namespace. */
  readonly namespaces: Map<string, Labels>;
  /** Policies of other kinds, which are not checked. */
  readonly ignored: string[];
  /** Names of the policies that count as those of the namespace `default`, because they have none. */
  readonly withoutNamespace: string[];
}

export function newManifests(): Manifests {
  return { policies: [], namespaces: new Map(), ignored: [], withoutNamespace: [] };
}

/** Adds the objects of a file: YAML or JSON, one or several documents, lists included. Throws ConfigError. */
export function addManifests(manifests: Manifests, content: string, path: string): void {
  for (const document of parseAllDocuments(content)) {
    const [error] = document.errors;
    if (error !== undefined) {
      const [first = ""] = error.message.split("\n");
      throw new ConfigError(`cannot read ${path}: ${first.replace(/:$/, "")}; correct the YAML`);
    }
    // Aliases are bounded by the library, so that a document cannot grow without limit.
    addObject(manifests, document.toJS());
  }
}

/** Adds an object, or the objects of a list. Throws ConfigError. */
export function addObject(manifests: Manifests, value: unknown): void {
  if (!isRecord(value)) return;
  const { kind, apiVersion } = value;
  if (typeof kind === "string" && kind.endsWith("List")) {
    for (const item of objects(value.items))
      addObject(manifests, { kind: kind.slice(0, -"List".length), apiVersion, ...item });
  } else if (kind === "NetworkPolicy" && String(apiVersion).startsWith("networking.k8s.io/")) {
    manifests.policies.push(readNetworkPolicy(value));
    if (text(asObject(value.metadata).namespace) === null) manifests.withoutNamespace.push(nameOf(value));
  } else if (kind === "Namespace") {
    const { name, labels } = asObject(value.metadata);
    if (typeof name === "string") manifests.namespaces.set(name, labelsOf(labels));
  } else if (/NetworkPolicy$/.test(String(kind))) {
    manifests.ignored.push(`${kind} ${nameOf(value)}${kind === "NetworkPolicy" ? ` of ${String(apiVersion)}` : ""}`);
  }
}

function nameOf({ metadata }: Record<string, unknown>): string {
  return text(asObject(metadata).name) ?? "(no name)";
}

function labelsOf(value: unknown): Labels {
  return Object.fromEntries(Object.entries(asObject(value)).map(([key, one]) => [key, String(one)]));
}
