// EDGE: reads cluster files.
import { ConfigError } from "../../model/errors.ts";
import { isRecord } from "../objects/json-fields.ts";
import type { KubernetesObject } from "../objects/kubernetes-objects.ts";
import { objectFault } from "../objects/object-fault.ts";
import { readInputText } from "./input-text.ts";
import { jsonDocuments } from "./json-documents.ts";
import { jsonFault } from "./json-fault.ts";
import { listedObjects } from "./listed-objects.ts";

const CLUSTER_FILE = "cluster file";
const HOW_TO_CREATE =
  "create it with: kubectl get pods,services,endpointslices,nodes,replicasets,deployments,statefulsets,daemonsets,jobs,cronjobs -A -o json";
const FEWER_KINDS = "pass one with only the kinds that --help lists";

/** Called with one sentence for each invalid object, which is ignored: its place, and what is wrong. */
export type InvalidObjectHandler = (problem: string) => void;

/**
 * Reads the output of `kubectl get … -o json`, of one command or several: see `jsonDocuments` and `listedObjects`. Ignores
 * invalid objects. Throws ConfigError.
 */
export function readClusterFile(path: string, onInvalidObject: InvalidObjectHandler = () => {}): KubernetesObject[] {
  const text = readInputText(path, CLUSTER_FILE, FEWER_KINDS);
  const where = `${CLUSTER_FILE} ${path}`;
  const documents = jsonDocuments(text);
  if (documents === null) {
    throw new ConfigError(`${where} ${eventsFault(text, path) ?? jsonFault(text, HOW_TO_CREATE)}`);
  }
  const { objects, faults, hasList } = listedObjects(documents);
  const [fault] = faults;
  if (objects.length === 0 && fault !== undefined) throw new ConfigError(`${where} is ${fault}; ${HOW_TO_CREATE}`);
  if (!hasList && !objects.some((object) => isRecord(object) && object.kind !== undefined)) {
    throw new ConfigError(`${where} ${eventsFault(text, path) ?? `contains no Kubernetes objects; ${HOW_TO_CREATE}`}`);
  }
  for (const each of faults) onInvalidObject(`${where}: ${each}`);
  return objects.filter((object): object is KubernetesObject => {
    const invalid = objectFault(object);
    if (invalid !== null) onInvalidObject(`${where}: ${invalid}`);
    return invalid === null;
  });
}

/** For a log of events in place of a cluster file; null for any other text. */
function eventsFault(text: string, path: string): string | null {
  const [line = ""] = text.trimStart().split("\n", 1);
  const isLog = /^\{.*"object":/.test(line) && /"type":\s*"(ADDED|MODIFIED|DELETED|BOOKMARK)"/.test(line);
  return isLog ? `is a log of events; pass it with --events ${path}` : null;
}
