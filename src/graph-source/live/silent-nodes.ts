import { countText } from "../../text/number-text.ts";
import type { AgentPod } from "./agent-pods.ts";
import type { AgentAnswer } from "./read-agents.ts";

const MAX_NAMES = 10;

/**
 * What is missing in the graph, a sentence for each reason: nodes whose agent returned no graph, nodes without an agent, and
 * nodes that were read twice. `nodes`: all nodes of the cluster; null if unknown.
 */
export function silentNodes(answers: readonly AgentAnswer[], nodes: readonly string[] | null): readonly string[] {
  const answered = new Set(answers.flatMap(({ pod, graph }) => (graph === null ? [] : pod.node)));
  const silent = new Map<string, string[]>();
  for (const { pod, reason } of answers) {
    // While a DaemonSet is updated, an agent that ends may have a successor on its node.
    if (reason === null || (pod.node !== null && answered.has(pod.node))) continue;
    silent.set(reason, [...(silent.get(reason) ?? []), agentName(pod)]);
  }
  const withAgent = new Set(answers.map(({ pod }) => pod.node));
  const without = nodes?.filter((node) => !withAgent.has(node)) ?? [];
  const twice = [...answered].filter((node) => node !== null && agentsOn(node, answers) > 1) as string[];
  return [
    ...[...silent].map(([reason, agents]) => `no graph from ${listed(agents, "agent")}: ${reason}`),
    ...(without.length === 0
      ? []
      : [`no agent runs on ${listed(without, "node")}: connections from there are missing`]),
    ...(twice.length === 0
      ? []
      : [
          `several agents run on ${listed(twice, "node")}, so connections are counted more than once; choose an installation with --agent-namespace`,
        ]),
  ];
}

function agentsOn(node: string, answers: readonly AgentAnswer[]): number {
  return answers.filter(({ pod, graph }) => pod.node === node && graph !== null && !pod.isTerminating).length;
}

function agentName({ namespace, name, node }: AgentPod): string {
  return node === null ? `${namespace}/${name}` : `${node} (${namespace}/${name})`;
}

/** `node a`, `nodes a, b`, `12 nodes: a, b, … and 2 more`. */
function listed(names: readonly string[], noun: string): string {
  const shown = names.slice(0, MAX_NAMES).join(", ");
  if (names.length === 1) return `${noun} ${shown}`;
  if (names.length <= MAX_NAMES) return `${noun}s ${shown}`;
  return `${countText(names.length, noun)} ${shown} and ${names.length - MAX_NAMES} more`;
}
