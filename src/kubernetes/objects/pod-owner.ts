import { objects, text } from "./json-fields.ts";
import {
  CREATOR_KEYS,
  DEPLOYER_POD_LABEL,
  DEPLOYMENT_CONFIG_ANNOTATION,
  TEMPLATE_HASH_LABELS,
} from "./known-labels.ts";
import type { ObjectMetadata, Owner, PodRecord } from "./kubernetes-objects.ts";

/**
 * Owners that exist for one run or one revision, with the label or annotation in which their pods name the owner's creator.
 * The first match counts. This avoids reading further kinds of objects.
 */
const CREATORS: readonly { readonly owner: string; readonly key: string; readonly kind: string }[] = [
  // OpenShift: https://docs.openshift.com/container-platform/4.18/applications/deployments/what-deployments-are.html
  { owner: "ReplicationController", key: DEPLOYMENT_CONFIG_ANNOTATION, kind: "DeploymentConfig" },
  { owner: "Build", key: CREATOR_KEYS.buildConfig, kind: "BuildConfig" },
  // Argo Workflows: https://argo-workflows.readthedocs.io/en/latest/fields/
  { owner: "Workflow", key: CREATOR_KEYS.cronWorkflow, kind: "CronWorkflow" },
  { owner: "Workflow", key: CREATOR_KEYS.workflowTemplate, kind: "WorkflowTemplate" },
  { owner: "Workflow", key: CREATOR_KEYS.clusterWorkflowTemplate, kind: "ClusterWorkflowTemplate" },
  // Tekton: https://tekton.dev/docs/pipelines/labels/
  { owner: "TaskRun", key: CREATOR_KEYS.pipeline, kind: "Pipeline" },
  { owner: "TaskRun", key: CREATOR_KEYS.task, kind: "Task" },
  { owner: "TaskRun", key: CREATOR_KEYS.clusterTask, kind: "ClusterTask" },
  // Actions Runner Controller: runner scale sets, and the legacy runner deployments.
  { owner: "EphemeralRunner", key: CREATOR_KEYS.scaleSet, kind: "AutoscalingRunnerSet" },
  { owner: "Runner", key: CREATOR_KEYS.runnerDeployment, kind: "RunnerDeployment" },
];

/** The owner reference with `controller: true`. */
export function controllerOf(metadata: ObjectMetadata): Owner | null {
  const reference = objects(metadata.ownerReferences).find((owner) => owner.controller === true);
  const kind = text(reference?.kind);
  const name = text(reference?.name);
  return kind === null || name === null ? null : { kind, name, uid: text(reference?.uid) ?? "" };
}

/** The owner that names a pod: the creator of its controller if the pod names it, else the controller. */
export function ownerOfPod(metadata: ObjectMetadata): Owner | null {
  const controller = controllerOf(metadata);
  const config = labelOrAnnotation(metadata, DEPLOYMENT_CONFIG_ANNOTATION);
  // A deployer pod has the annotation too, but is not a replica of the DeploymentConfig.
  if (config !== null && labelOrAnnotation(metadata, DEPLOYER_POD_LABEL) !== null) {
    return { kind: "Pod", name: `${config}-deploy`, uid: "" };
  }
  for (const { owner, key, kind } of CREATORS) {
    if (controller?.kind !== owner) continue;
    const name = labelOrAnnotation(metadata, key);
    if (name !== null) return { kind, name, uid: "" };
  }
  return controller;
}

/** Kind of the controller of the pod's ReplicaSet, by the label whose hash ends the ReplicaSet's name. */
export function replicaSetOwnerKindOf(metadata: ObjectMetadata): PodRecord["replicaSetOwnerKind"] {
  const controller = controllerOf(metadata);
  if (controller?.kind !== "ReplicaSet") return null;
  const found = TEMPLATE_HASH_LABELS.find(({ label }) => {
    const hash = text(metadata.labels?.[label]);
    return hash !== null && controller.name.endsWith(`-${hash}`);
  });
  return found?.kind ?? null;
}

function labelOrAnnotation({ labels, annotations }: ObjectMetadata, key: string): string | null {
  return text(annotations?.[key]) ?? text(labels?.[key]);
}
