import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubernetesObject } from "../../src/kubernetes/objects/kubernetes-objects.ts";
import { clientOf, IP } from "../support/cluster/client-workload.ts";
import { added, deleted, modified, owner, pod } from "../support/cluster/cluster-objects.ts";

function named(objects: readonly KubernetesObject[]): string {
  const { kind, namespace, name } = clientOf({ objects });
  // A file and a watch must give the same name.
  const watched = clientOf({ events: objects.map((object) => added(-1, object)) });
  assert.deepEqual([watched.kind, watched.namespace, watched.name], [kind, namespace, name]);
  return `${kind} ${namespace}/${name}`;
}

const OWNERS: readonly (readonly [title: string, objects: readonly KubernetesObject[], expected: string])[] = [
  [
    "a Deployment through its ReplicaSet",
    [
      owner("ReplicaSet", "shop/cart-6f7d", ["Deployment", "cart"]),
      pod("shop/cart-6f7d-abcde", { ip: IP, owner: ["ReplicaSet", "cart-6f7d"] }),
    ],
    "Deployment shop/cart",
  ],
  [
    "an Argo Rollout through its ReplicaSet",
    [
      owner("ReplicaSet", "shop/cart-6f7d", ["Rollout", "cart"]),
      pod("shop/cart-6f7d-abcde", { ip: IP, owner: ["ReplicaSet", "cart-6f7d"] }),
    ],
    "Rollout shop/cart",
  ],
  [
    "a CronJob through its Job",
    [
      owner("Job", "batch/report-29384", ["CronJob", "report"]),
      pod("batch/report-29384-xyz", { ip: IP, owner: ["Job", "report-29384"] }),
    ],
    "CronJob batch/report",
  ],
  [
    "a Job without an owner",
    [owner("Job", "batch/migrate"), pod("batch/migrate-xyz", { ip: IP, owner: ["Job", "migrate"] })],
    "Job batch/migrate",
  ],
  [
    "a ReplicaSet without an owner",
    [owner("ReplicaSet", "shop/lone"), pod("shop/lone-xyz", { ip: IP, owner: ["ReplicaSet", "lone"] })],
    "ReplicaSet shop/lone",
  ],
  ["a StatefulSet", [pod("db/pg-0", { ip: IP, owner: ["StatefulSet", "pg"] })], "StatefulSet db/pg"],
  ["a DaemonSet", [pod("kube-system/log-x7", { ip: IP, owner: ["DaemonSet", "log"] })], "DaemonSet kube-system/log"],
  [
    "an owner of a custom kind",
    [pod("db/main-1", { ip: IP, owner: ["PostgresCluster", "main"] })],
    "PostgresCluster db/main",
  ],
  [
    "a custom kind through a ReplicaSet",
    [
      owner("ReplicaSet", "db/main-5d", ["VirtualMachineSet", "main"]),
      pod("db/main-5d-x", { ip: IP, owner: ["ReplicaSet", "main-5d"] }),
    ],
    "VirtualMachineSet db/main",
  ],
  [
    "a static pod, by its name without the node's",
    [pod("kube-system/etcd-a", { ip: IP, owner: ["Node", "a"] })],
    "Pod kube-system/etcd",
  ],
  ["a bare pod, by its own name", [pod("shop/debug-a", { ip: IP })], "Pod shop/debug-a"],
  [
    "a pod of an unknown ReplicaSet, by the hash in its labels",
    [
      pod("shop/cart-6f7d-abcde", {
        ip: IP,
        owner: ["ReplicaSet", "cart-6f7d"],
        labels: { "pod-template-hash": "6f7d" },
      }),
    ],
    "Deployment shop/cart",
  ],
  [
    "a Rollout of an unknown ReplicaSet, by the label that only its controller sets",
    [
      pod("shop/cart-6f7d-abcde", {
        ip: IP,
        owner: ["ReplicaSet", "cart-6f7d"],
        labels: { "rollouts-pod-template-hash": "6f7d", "pod-template-hash": "other" },
      }),
    ],
    "Rollout shop/cart",
  ],
  [
    "an unknown ReplicaSet whose name does not end with the label's hash",
    [pod("shop/cart-x", { ip: IP, owner: ["ReplicaSet", "cart-x"], labels: { "pod-template-hash": "6f7d" } })],
    "ReplicaSet shop/cart-x",
  ],
  [
    "a pod of an unknown ReplicaSet without a hash, by the ReplicaSet",
    [pod("shop/cart-6f7d-abcde", { ip: IP, owner: ["ReplicaSet", "cart-6f7d"] })],
    "ReplicaSet shop/cart-6f7d",
  ],
];

/** Owners that exist for one revision or one run, with the label or annotation that names their creator. */
const CREATED: readonly (readonly [owner: readonly [string, string], key: string, expected: string])[] = [
  [["ReplicationController", "cart-3"], "openshift.io/deployment-config.name", "DeploymentConfig"],
  [["Build", "cart-7"], "openshift.io/build-config.name", "BuildConfig"],
  [["Workflow", "cart-x2f9d"], "workflows.argoproj.io/cron-workflow", "CronWorkflow"],
  [["Workflow", "cart-x2f9d"], "workflows.argoproj.io/workflow-template", "WorkflowTemplate"],
  [["Workflow", "cart-x2f9d"], "workflows.argoproj.io/cluster-workflow-template", "ClusterWorkflowTemplate"],
  [["TaskRun", "cart-run-1"], "tekton.dev/pipeline", "Pipeline"],
  [["TaskRun", "cart-run-1"], "tekton.dev/task", "Task"],
  [["EphemeralRunner", "cart-k4t8x-runner-7jz9p"], "actions.github.com/scale-set-name", "AutoscalingRunnerSet"],
  [["Runner", "cart-abc-de"], "runner-deployment-name", "RunnerDeployment"],
];

for (const [by, key, kind] of CREATED) {
  test(`N5: a pod of a ${by[0]} is named after its creator in ${key}`, () => {
    for (const marked of [{ labels: { [key]: "cart" } }, { annotations: { [key]: "cart" } }]) {
      assert.equal(named([pod("ci/cart-1", { ip: IP, owner: by, ...marked })]), `${kind} ci/cart`);
    }
    assert.equal(named([pod("ci/cart-1", { ip: IP, owner: by })]), `${by[0]} ci/${by[1]}`);
    // The label may have been copied to pods of another owner.
    const copied = pod("ci/cart-1", { ip: IP, owner: ["StatefulSet", "pg"], labels: { [key]: "cart" } });
    assert.equal(named([copied]), "StatefulSet ci/pg");
  });
}

test("N5: the deployer pod of a DeploymentConfig is not its replica, and has one name for all revisions", () => {
  const marks = {
    annotations: { "openshift.io/deployment-config.name": "cart" },
    labels: { "openshift.io/deployer-pod-for.name": "cart-3" },
  };
  for (const by of [{}, { owner: ["ReplicationController", "cart-3"] as const }]) {
    assert.equal(named([pod("shop/cart-3-deploy", { ip: IP, ...by, ...marks })]), "Pod shop/cart-deploy");
  }
});

test("N5: pods owned by a pod belong to the workload of that pod", () => {
  const driver = pod("ci/etl-driver", { ip: "10.244.1.9", owner: ["SparkApplication", "etl"] });
  const executor = pod("ci/etl-exec-1", { ip: IP, owner: ["Pod", "etl-driver"] });
  const started = { ...executor, metadata: { ...executor.metadata } };
  const reference = { kind: "Pod", name: "etl-driver", uid: driver.metadata?.uid ?? "", controller: true };
  Object.assign(started.metadata, { ownerReferences: [reference] });
  assert.equal(named([driver, started]), "SparkApplication ci/etl");
  assert.equal(named([executor]), "Pod ci/etl-driver");
});

test("N5: pods that own each other in a cycle have a name", () => {
  const cycle = ["a", "b"].map((name, i, names) => {
    const owned = pod(`ci/${name}`, { ip: i === 0 ? IP : "10.244.1.9" });
    const other = names[1 - i] ?? "";
    const ownerReferences = [{ kind: "Pod", name: other, uid: `uid of ci/${other}`, controller: true }];
    return { ...owned, metadata: { ...owned.metadata, ownerReferences } };
  });
  assert.match(named(cycle), /^Pod ci\/[ab]$/);
});

for (const [title, objects, expected] of OWNERS) {
  test(`N5: the workload is ${title}`, () => assert.equal(named(objects), expected));
}

test("N5: only the owner reference with controller: true is followed", () => {
  const two = pod("db/pg-0", { ip: IP });
  const references = [
    { kind: "Backup", name: "nightly", uid: "1" },
    { kind: "Cluster", name: "watched", uid: "2", controller: false },
    { kind: "StatefulSet", name: "pg", uid: "3", controller: true },
  ];
  const owned = { ...two, metadata: { ...two.metadata, ownerReferences: references } };
  assert.equal(named([owned]), "StatefulSet db/pg");
});

test("N5: a ReplicaSet that is reported after its pod names it as well", () => {
  const objects = [
    pod("shop/cart-6f7d-abcde", { ip: IP, owner: ["ReplicaSet", "cart-6f7d"] }),
    owner("ReplicaSet", "shop/cart-6f7d", ["Deployment", "cart"]),
  ];
  assert.equal(named(objects), "Deployment shop/cart");
});

test("N9: a pod that outlives its Job has the CronJob's name while it terminates", () => {
  const job = owner("Job", "batch/report-29384", ["CronJob", "report"]);
  const running = pod("batch/report-29384-x", { ip: IP, owner: ["Job", "report-29384"] });
  const terminating = pod("batch/report-29384-x", { ip: IP, owner: ["Job", "report-29384"], deletionSeconds: 10 });
  const events = [added(-5, job), added(-5, running), deleted(10, job), modified(10.1, terminating)];
  assert.equal(clientOf({ events, atSeconds: 15 }).name, "report");
});

test("N9: a Job that is deleted on completion names the earlier connections of its pod", () => {
  const job = owner("Job", "batch/report-29384", ["CronJob", "report"]);
  const running = pod("batch/report-29384-x", { ip: IP, owner: ["Job", "report-29384"] });
  const events = [added(-5, job), added(-5, running), deleted(10.01, job), deleted(10.02, running)];
  assert.equal(clientOf({ events, atSeconds: 10 }).name, "report");
});
