import { Document, isMap, isSeq } from "yaml";
import { compareText } from "../../graph/order.ts";
import { objectFile } from "../object-file.ts";
import { objectNames } from "../object-names.ts";
import { YAML_OPTIONS, yamlText } from "../yaml-text.ts";
import type { ClientIntents, ObservedTarget, Target } from "./intents.ts";

/** Versions of the API. The two of v1 have one schema, and so do the two of v2. */
export const INTENTS_VERSIONS = ["v2beta1", "v2alpha1", "v1beta1", "v1alpha3"] as const;
export type IntentsVersion = (typeof INTENTS_VERSIONS)[number];

/** One ClientIntents object as a file. */
interface IntentsDocument {
  /** `checkout.shop.yaml` */
  readonly file: string;
  /** The object as plain data. */
  readonly object: object;
  /** The object as YAML, with comments if wanted, without a separator of documents. */
  readonly yaml: string;
}

interface IntentsFormat {
  readonly version: IntentsVersion;
  /** Adds ports, counts and times, and what is not declared, as comments. */
  readonly hasComments: boolean;
}

/** One document for each client, in their order. */
export function intentsDocuments(clients: readonly ClientIntents[], format: IntentsFormat): readonly IntentsDocument[] {
  const names = objectNames(clients.map((client) => ({ ...client, id: idOf(client) })));
  return clients
    .filter(({ targets, notes }) => targets.length > 0 || notes.length > 0)
    .map((client) => documentOf(client, names.get(idOf(client)) ?? client.name, format))
    .sort((a, b) => compareText(a.file, b.file));
}

function idOf({ namespace, kind, name }: ClientIntents): string {
  return `${namespace}/${kind}/${name}`;
}

function documentOf(client: ClientIntents, name: string, { version, hasComments }: IntentsFormat): IntentsDocument {
  const isFirst = version.startsWith("v1");
  const targets = client.targets.map(({ target }) => (isFirst ? callOf(target) : targetOf(target)));
  const workload = { name: client.name, kind: client.kind };
  const object = {
    apiVersion: `k8s.otterize.com/${version}`,
    kind: "ClientIntents",
    metadata: { name, namespace: client.namespace },
    spec: isFirst ? { service: workload, calls: targets } : { workload, targets },
  };
  const document = new Document(object, YAML_OPTIONS);
  const list = document.getIn(["spec", isFirst ? "calls" : "targets"]);
  for (const [i, item] of (isSeq(list) ? list.items : []).entries()) formatTarget(item, client.targets[i], hasComments);
  if (hasComments && client.notes.length > 0) {
    document.commentBefore = ["not declared:", ...client.notes].map((note) => ` ${note}`).join("\n");
  }
  return { file: objectFile(name, client.namespace), object, yaml: yamlText(document) };
}

/** Writes a target in one line, with the evidence behind it. */
function formatTarget(item: unknown, observed: ObservedTarget | undefined, hasComments: boolean): void {
  if (!isMap(item)) return;
  const [only] = item.items;
  const line = item.items.length === 1 && isMap(only?.value) ? only.value : item;
  line.flow = true;
  if (hasComments && observed !== undefined) line.comment = ` ${observed.evidence}`;
}

function fullName({ name, namespace }: { readonly name: string; readonly namespace: string | null }): string {
  return namespace === null ? name : `${name}.${namespace}`;
}

function internetOf({ domains, addresses, ports }: Extract<Target, { type: "internet" }>): object {
  return {
    ...(domains.length > 0 ? { domains } : {}),
    ...(addresses.length > 0 ? { ips: addresses } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  };
}

/** A target of v2: exactly one key. */
function targetOf(target: Target): object {
  switch (target.type) {
    case "workload":
      return { kubernetes: { name: fullName(target), kind: target.kind } };
    case "service":
      return { service: { name: fullName(target) } };
    case "internet":
      return { internet: internetOf(target) };
  }
}

/** A call of v1. */
function callOf(target: Target): object {
  switch (target.type) {
    case "workload":
      return { name: fullName(target), kind: target.kind };
    case "service":
      return fullName(target) === "kubernetes.default"
        ? { name: "svc:kubernetes.default" }
        : { name: fullName(target), kind: "Service" };
    case "internet":
      return { type: "internet", internet: internetOf(target) };
  }
}
