import type { ApiClient } from "../../kubernetes/client/api-client.ts";
import type { DaemonSetName } from "../../kubernetes/client/daemon-set.ts";
import { JSON_TYPE, listAll } from "../../kubernetes/client/list-all.ts";
import { podProblems } from "../../kubernetes/client/pod-problems.ts";
import { asObject, number, objects, text } from "../../kubernetes/objects/json-fields.ts";
import { visibleLine } from "../../text/visible-text.ts";

/** A pod that may answer with its graph. */
export interface AgentPod {
  readonly namespace: string;
  readonly name: string;
  /** Null before it is scheduled. */
  readonly node: string | null;
  /** Container port of health, metrics and graph; null if it has none. */
  readonly port: number | null;
  /** `status.phase`. */
  readonly phase: string;
  /** Whether it is being deleted, such as while the DaemonSet is updated. */
  readonly isTerminating: boolean;
  /** What the pod's status says of containers that do not run; null: nothing. */
  readonly problem: string | null;
}

/** The chart's labels and the name of its port. */
const AGENT_LABELS = "app.kubernetes.io/name=wirespan";
const PORT_NAME = "health";
const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/**
 * Pods of agents in one namespace, or in all if null, ready or not. Only pods in the host's network: anyone may give a pod the
 * labels, and its graph would be merged with those of the agents. Throws ApiError.
 */
export async function listAgentPods(client: ApiClient, namespace: string | null): Promise<readonly AgentPod[]> {
  const path = namespace === null ? "/api/v1/pods" : `/api/v1/namespaces/${namespace}/pods`;
  const pods = await listAll(client, path, JSON_TYPE, { labelSelector: AGENT_LABELS });
  // A pod that has ended is not an agent; its DaemonSet has started another one.
  const inHostNetwork = pods.filter(({ spec }) => asObject(spec).hostNetwork === true);
  return inHostNetwork.map(agentPod).filter(({ phase }) => phase !== "Succeeded" && phase !== "Failed");
}

/** DaemonSets of agents in one namespace, or in all if null. Throws ApiError. */
export async function listDaemonSets(client: ApiClient, namespace: string | null): Promise<readonly DaemonSetName[]> {
  const path = `/apis/apps/v1/${namespace === null ? "" : `namespaces/${namespace}/`}daemonsets`;
  const found = await listAll(client, path, METADATA_ONLY, { labelSelector: AGENT_LABELS });
  return found.map(({ metadata }) => {
    const { namespace, name } = asObject(metadata);
    return { namespace: text(namespace) ?? "", name: text(name) ?? "" };
  });
}

/** Names of all nodes. Throws ApiError. */
export async function listNodeNames(client: ApiClient): Promise<readonly string[]> {
  const nodes = await listAll(client, "/api/v1/nodes", METADATA_ONLY, {});
  return nodes.map(({ metadata }) => text(asObject(metadata).name) ?? "").sort();
}

function agentPod(pod: Record<string, unknown>): AgentPod {
  const { metadata, spec, status } = pod;
  const { name, namespace, deletionTimestamp } = asObject(metadata);
  const { nodeName, containers } = asObject(spec);
  const problems = podProblems(pod);
  const ports = objects(containers).flatMap((container) => objects(container.ports));
  return {
    namespace: text(namespace) ?? "",
    name: text(name) ?? "",
    node: text(nodeName),
    port: number(ports.find((port) => port.name === PORT_NAME)?.containerPort),
    phase: text(asObject(status).phase) ?? "Pending",
    isTerminating: text(deletionTimestamp) !== null,
    problem: problems.length === 0 ? null : visibleLine(problems.join("; ")),
  };
}
