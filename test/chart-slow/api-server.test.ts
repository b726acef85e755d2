// The chart on a real API server: what it renders is admitted by strict validation, and Helm installs, upgrades and removes it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { ApiObject } from "../servers/kubernetes-api.ts";
import { type ChartCluster, startChartCluster } from "./chart-cluster.ts";
import { chartOfVersion } from "./copied-chart.ts";
import { CHART, HELMS, type HelmVersion, helm, renderObjects } from "./helm.ts";
import { agentPod, container, only, podTemplate } from "./pod-spec.ts";
import { VALUES_FILES } from "./values-files.ts";

const PRIVILEGED = { "pod-security.kubernetes.io/enforce": "privileged" };

describe("on a real API server", () => {
  let cluster: ChartCluster;
  before(async () => {
    cluster = await startChartCluster();
    for (const name of ["observability", "network", "monitoring"]) await createNamespace(name);
  });
  after(() => cluster.stop());

  const createNamespace = (name: string, labels: Record<string, string> = {}): Promise<ApiObject> =>
    cluster.kubernetes.admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });

  /** Helm with the cluster's kubeconfig; throws with its message when it fails. */
  async function run(version: HelmVersion, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await helm(version, [...args, "--kubeconfig", cluster.kubeconfig]);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  for (const { name, path } of VALUES_FILES) {
    test(`every object of ${name} is admitted by strict validation`, async () => {
      for (const object of await renderObjects({ files: [path] })) {
        const { status, text } = await cluster.dryRun(object, "observability");
        assert.ok(status < 300, `${object.kind} ${object.metadata.name}: ${text}`);
      }
    });
  }

  test("strict validation refuses a field that there is not, of each kind", async () => {
    const files = ["monitoring", "openshift", "service-monitor"].map((name) => join(CHART, `ci/${name}-values.yaml`));
    const values = { podMonitor: { enabled: false } };
    const objects = (await renderObjects({ files, values })).concat(await renderObjects({ files: files.slice(0, 1) }));
    for (const object of objects.filter(({ kind }) => kind !== "ConfigMap")) {
      const { status, text } = await cluster.dryRun({ ...object, spce: {} }, "observability");
      assert.match(text, /spce/, `${object.kind}: ${status}`);
      assert.ok(status >= 400);
    }
  });

  test("PodSecurity: the agents' pods start in a privileged namespace only, the test's pod in a restricted one", async () => {
    const objects = await renderObjects();
    const create = async (namespace: string, kind: string) => {
      const { metadata, spec } = podTemplate(only(objects, kind));
      const pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { ...metadata, name: "pod" },
        spec: { ...spec, restartPolicy: undefined },
      };
      return cluster.kubernetes.admin.request("POST", `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod);
    };
    for (const level of ["privileged", "baseline", "restricted"]) {
      await createNamespace(`pods-${level}`, { "pod-security.kubernetes.io/enforce": level });
      const [agent, job] = [await create(`pods-${level}`, "DaemonSet"), await create(`pods-${level}`, "Job")];
      assert.equal(agent.status, level === "privileged" ? 201 : 403, agent.text);
      assert.equal(job.status, 201, job.text);
      if (level !== "privileged")
        for (const reason of ["host namespaces", "NET_RAW"]) assert.ok(agent.text.includes(reason));
    }
  });

  for (const version of HELMS) {
    test(`${version}: installed, upgraded from the version before with its values, rolled back, and gone`, async (t) => {
      const namespace = `life-${version}`;
      await createNamespace(namespace, PRIVILEGED);
      const empty = await cluster.inventory();
      const former = chartOfVersion(t, "0.0.1");
      const place = ["--namespace", namespace];
      const args = async () => {
        const daemonSet = await cluster.kubernetes.admin.get(
          `/apis/apps/v1/namespaces/${namespace}/daemonsets/edges-wirespan`,
        );
        const chart = (daemonSet.metadata.labels as Record<string, string>)["helm.sh/chart"];
        return { chart, args: container(agentPod([daemonSet]), "agent").args };
      };
      await run(version, "install", "edges", former, ...place, "--set", "agent.keepNodes=true,health.port=19999");
      const first = await args();
      assert.equal(first.chart, "wirespan-0.0.1");

      await run(version, "upgrade", "edges", CHART, ...place, "--reuse-values", "--set", "openshift.scc.create=true");
      const second = await args();
      assert.notEqual(second.chart, first.chart);
      assert.deepEqual(second.args, first.args);
      assert.ok(second.args.includes("--keep-nodes") && second.args.includes("--listen=:19999"));

      await run(version, "rollback", "edges", "1", ...place);
      assert.deepEqual(await args(), first);

      await run(version, "uninstall", "edges", ...place);
      assert.deepEqual(await cluster.inventory(), empty);
    });

    test(`${version}: the notes warn of a missing label, a second release, and risky values`, async () => {
      const [first, second] = [`notes-${version}`, `second-${version}`];
      await createNamespace(first, PRIVILEGED);
      await createNamespace(second);
      const place = (namespace: string) => ["--namespace", namespace];
      const good = await run(version, "install", "one", CHART, ...place(first));
      assert.doesNotMatch(good, /WARNING/);
      assert.match(good, /Span pairs go to http:\/\/\$\(HOST_IP\):4317, where each node's own Collector must listen/);
      assert.match(good, new RegExp(`helm test one --namespace ${first}`));

      const odd = ["sensor.resources.limits.cpu=1", "health.port=31000", "otlp.endpoint=", "rbac.create=true"];
      const bad = await run(version, "install", "two", CHART, ...place(second), "--set", odd.join(","));
      const warnings = bad.split("WARNING:\n")[1]?.split("\n\n")[0] ?? "";
      for (const expected of [
        `- Namespace ${second} has no PodSecurity label: no pod will start where the cluster enforces baseline or restricted, and only events say so. Run\n    kubectl label namespace ${second} pod-security.kubernetes.io/enforce=privileged --overwrite`,
        `- DaemonSet ${first}/one-wirespan is a second wirespan in this cluster`,
        "- otlp.endpoint is empty",
        "- sensor.resources limits the CPU",
        "- health.port 31000 is in the range of NodePorts and outgoing connections",
      ]) {
        assert.ok(warnings.includes(expected), `${expected}\nis not in\n${warnings}`);
      }
      assert.doesNotMatch(warnings, /two-wirespan/);

      await run(
        version,
        "upgrade",
        "two",
        CHART,
        ...place(second),
        "--set",
        "sensor.resources=null,notes.readCluster=false",
      );
      const last = await run(version, "get", "notes", "two", ...place(second));
      assert.match(last, /- sensor\.resources has no requests or no limit of memory/);
      assert.doesNotMatch(last, /PodSecurity label|second wirespan/);
      await run(version, "uninstall", "one", ...place(first));
      await run(version, "uninstall", "two", ...place(second));
    });
  }
});
