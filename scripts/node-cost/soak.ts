// EDGE: process
// `npm run soak`: hundreds of new connections a second for a long time, on a node whose pods come and go, with a real API
// server and a real Collector. In the end the graph is the truth, and memory and descriptors have not grown.
import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { ROLE_RULES } from "../../test/api-server/support/small-cluster.ts";
import { type CollectorProcess, startCollector } from "../../test/collector/support/collector-process.ts";
import { ApiMirror } from "../../test/lab/support/api-mirror.ts";
import { type Kubernetes, startKubernetes } from "../../test/servers/kubernetes.ts";
import { createServiceAccount, type ServiceAccount } from "../../test/servers/service-account.ts";
import { withCleanup } from "../cleanup.ts";
import { optionsOf } from "../options.ts";
import { BusyNode } from "./busy-node.ts";
import { MemoryLog } from "./memory-log.ts";
import { PodChurn } from "./pod-churn.ts";
import { NORMAL, raisePriority } from "./priority.ts";
import { countsOf, differences, total } from "./steady-traffic.ts";
import { planTurns, type Step } from "./turns.ts";

const USAGE = `Usage: npm run soak -- [options]     as root
  --minutes N      duration (30)
  --rate N         new connections per second (500)
  --lines FILE     what the agent reported, one line each, to look into differences
Exit codes: 0 the Collector counted every connection, and after the first five minutes (of a shorter run: a third of it)
neither memory nor descriptors grew; 1 otherwise; 2 a wrong argument.`;

const options = optionsOf(USAGE, {
  minutes: { type: "string", default: "30" },
  rate: { type: "string", default: "500" },
  lines: { type: "string" },
});
const seconds = Number(options.minutes) * 60;
const rate = Number(options.rate);
/** No step is shorter. */
const STEP_SECONDS = 1;
const SAMPLES = 180;
const MAX_SETTLING_SECONDS = 300;
const REPORT_MILLIS = 60_000;
const LAST_VERDICT_MILLIS = 11_000;
const SERVICE_RANGES = "10.97.0.0/24,fd97::/112";

interface Bed {
  readonly node: BusyNode;
  readonly steps: readonly Step[];
  readonly kubernetes: Kubernetes;
  readonly account: ServiceAccount;
  readonly collector: CollectorProcess;
}

const say = (text: string) => console.error(`soak: ${text}`);
if (!(seconds > 0 && rate > 0)) {
  console.error(`--minutes and --rate are numbers greater than 0\n\n${USAGE}`);
  process.exit(2);
}

// In a cluster the API server and the Collector are elsewhere, and the agent has its share; here they are neighbors of the load.
raisePriority(say);
await withCleanup(async (cleanup) => {
  const { cluster, steps } = planTurns(Math.ceil(seconds / STEP_SECONDS) + 1);
  const kubernetes = await startKubernetes({
    args: [`--service-cluster-ip-range=${SERVICE_RANGES}`, "--endpoint-reconciler-type=none"],
  });
  cleanup.add(() => kubernetes.stop());
  const account = await createServiceAccount(kubernetes, "agent", ROLE_RULES);
  cleanup.add(() => account.close());
  const collector = await startCollector();
  cleanup.add(() => collector.stop());
  const node = await BusyNode.start(cluster, cleanup, { loadPriority: NORMAL });
  return (await soak({ node, steps, kubernetes, account, collector })) ? 0 : 1;
});

async function soak({ node, steps, kubernetes, account, collector }: Bed): Promise<boolean> {
  const mirror = new ApiMirror(kubernetes.admin);
  await mirror.fill(node.history.list().items);
  await node.share(kubernetes.port);
  const lines = options.lines === undefined ? [] : ["--format", "jsonl", "-o", options.lines, "--otlp"];
  const knowledge = { args: lines, environment: account.environment };
  const agent = await node.startAgent({ collector: collector.ports.otlp, ...knowledge });
  const churn = await PodChurn.start(node, steps, mirror, rate);
  const log = new MemoryLog(() => agent.held());
  const begin = performance.now();
  const elapsed = () => (performance.now() - begin) / 1_000;
  const sampler = setInterval(() => log.add(elapsed()), (seconds * 1_000) / SAMPLES);
  const reporter = setInterval(() => {
    say(
      `${(elapsed() / 60).toFixed(1)} min: ${churn.pods} pods replaced, addresses within ${churn.latestSeconds.toFixed(1)} s, ${log.last()}, load ${loadavg()[0]?.toFixed(1)}`,
    );
  }, REPORT_MILLIS);
  while (elapsed() < seconds) await churn.step();
  const duration = elapsed();
  clearInterval(sampler);
  clearInterval(reporter);
  const truth = await churn.end();
  await delay(LAST_VERDICT_MILLIS);
  const counted = countsOf(await collector.edgesOf(total(truth)));
  const wrong = differences(truth, counted);
  const { code, stats, stderr } = await agent.stop();

  const settled = Math.min(MAX_SETTLING_SECONDS, duration / 3);
  const judged = log.judge(settled);
  console.log(
    `${total(truth)} connections in ${duration.toFixed(0)} s: ${(total(truth) / duration).toFixed(0)} a second, ${churn.pods} pods replaced`,
  );
  console.log(
    `counted by the Collector: ${total(counted)}; kernel drops ${stats.kernelDrops}; exit code of the agent ${code}`,
  );
  console.log(
    `the API server had addresses ${churn.latestSeconds.toFixed(1)} s after a pod's first packet at the latest`,
  );
  console.log(`from ${settled.toFixed(0)} s on:`);
  for (const line of judged.lines) console.log(line);
  const missing = total(truth) - total(counted);
  if (missing !== 0 && code === 0) say(`the graph lacks ${missing} connections, and the agent does not say so`);
  if (code !== 0 || missing !== 0) say(`${JSON.stringify(stats)}\n${stderr}`);
  const problems = [...churn.problems, ...wrong, ...judged.problems];
  for (const sentence of problems) say(sentence);
  return problems.length === 0 && code === 0;
}
