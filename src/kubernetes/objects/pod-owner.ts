import { objects, text } from "./json-fields.ts";
import {
  DEPLOYER_POD_LABEL,
  DEPLOYMENT_CONFIG_ANNOTATION,
  STARTED_BY_MARKS as MARKS,
  TEMPLATE_HASH_LABELS,
} from "./known-labels.ts";
import type { ObjectMetadata, Owner, PodRecord } from "./kubernetes-objects.ts";

/**
 * Owners that live for one run or one revision, and the label or annotation by which their pods name what started
 * them. The first that a pod has counts. No other object has to be read for it.
 */
const STARTED_BY: readonly { readonly owner: string; readonly mark: string; readonly kind: string }[] = [
  // OpenShift: https://docs.openshift.com/container-platform/4.18/applications/deployments/what-deployments-are.html
  { owner: "ReplicationController", mark: DEPLOYMENT_CONFIG_ANNOTATION, kind: "DeploymentConfig" },
  { owner: "Build", mark: MARKS.buildConfig, kind: "BuildConfig" },
  // Argo Workflows: https://argo-workflows.readthedocs.io/en/latest/fields/
  { owner: "Workflow", mark: MARKS.cronWorkflow, kind: "CronWorkflow" },
  { owner: "Workflow", mark: MARKS.workflowTemplate, kind: "WorkflowTemplate" },
  { owner: "Workflow", mark: MARKS.clusterWorkflowTemplate, kind: "ClusterWorkflowTemplate" },
  // Tekton: https://tekton.dev/docs/pipelines/labels/
  { owner: "TaskRun", mark: MARKS.pipeline, kind: "Pipeline" },
  { owner: "TaskRun", mark: MARKS.task, kind: "Task" },
  { owner: "TaskRun", mark: MARKS.clusterTask, kind: "ClusterTask" },
  // Actions Runner Controller, and the one before it.
  { owner: "EphemeralRunner", mark: MARKS.scaleSet, kind: "AutoscalingRunnerSet" },
  { owner: "Runner", mark: MARKS.runnerDeployment, kind: "RunnerDeployment" },
];

/** The controlling owner of an object. */
export function controllerOf(metadata: ObjectMetadata): Owner | null {
  const reference = objects(metadata.ownerReferences).find((owner) => owner.controller === true);
  const kind = text(reference?.kind);
  const name = text(reference?.name);
  return kind === null || name === null ? null : { kind, name, uid: text(reference?.uid) ?? "" };
}

/** The owner that a pod is named after: its controller, or what started that one, where the pod itself says it. */
export function ownerOfPod(metadata: ObjectMetadata): Owner | null {
  const controller = controllerOf(metadata);
  const config = markOf(metadata, DEPLOYMENT_CONFIG_ANNOTATION);
  // It rolls the DeploymentConfig out and is none of its replicas, though it carries the same annotation.
  if (config !== null && markOf(metadata, DEPLOYER_POD_LABEL) !== null) {
    return { kind: "Pod", name: `${config}-deploy`, uid: "" };
  }
  for (const { owner, mark, kind } of STARTED_BY) {
    if (controller?.kind !== owner) continue;
    const name = markOf(metadata, mark);
    if (name !== null) return { kind, name, uid: "" };
  }
  return controller;
}

/** Which controller made the pod's ReplicaSet, by the label whose hash it added to the ReplicaSet's name. */
export function replicaSetMaker(metadata: ObjectMetadata): PodRecord["replicaSetMaker"] {
  const controller = controllerOf(metadata);
  if (controller?.kind !== "ReplicaSet") return null;
  const maker = TEMPLATE_HASH_LABELS.find(({ label }) => {
    const hash = text(metadata.labels?.[label]);
    return hash !== null && controller.name.endsWith(`-${hash}`);
  });
  return maker?.kind ?? null;
}

function markOf({ labels, annotations }: ObjectMetadata, mark: string): string | null {
  return text(annotations?.[mark]) ?? text(labels?.[mark]);
}
