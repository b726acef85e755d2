import type { ServiceGraph } from "../../model/service-graph.ts";
import type { AgentPod } from "./agent-pods.ts";
import { NoGraph } from "./request-graph.ts";

/** What an agent answered: its graph, or the reason for none. */
export interface AgentAnswer {
  readonly pod: AgentPod;
  readonly graph: ServiceGraph | null;
  /** Null with a graph. */
  readonly reason: string | null;
}

/** Reads the graph of one agent. Throws NoGraph. */
type ReadAgent = (pod: AgentPod, port: number) => Promise<ServiceGraph>;

/** Port-forwards at the same time: each is a connection of the API server and of a kubelet. */
const MAX_AT_ONCE = 8;

/** Reads all agents, a few at a time; answers in the order of `pods`. `onAnswer` is called after each. */
export async function readAgents(
  pods: readonly AgentPod[],
  read: ReadAgent,
  onAnswer: () => void,
): Promise<readonly AgentAnswer[]> {
  const answers: AgentAnswer[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < pods.length; i = next++) {
      answers[i] = await answerOf(pods[i] as AgentPod, read);
      onAnswer();
    }
  };
  await Promise.all(Array.from({ length: MAX_AT_ONCE }, work));
  return answers;
}

async function answerOf(pod: AgentPod, read: ReadAgent): Promise<AgentAnswer> {
  // An agent that does not answer may have been ended, or has no sensor: its pod says so.
  const why = pod.problem === null ? "" : ` (${pod.problem})`;
  if (pod.phase !== "Running") return { pod, graph: null, reason: `its pod is ${pod.phase}${why}` };
  if (pod.port === null) {
    return { pod, graph: null, reason: "its pod has no port named health: set health.port of the chart" };
  }
  try {
    return { pod, graph: await read(pod, pod.port), reason: null };
  } catch (error) {
    if (error instanceof NoGraph) return { pod, graph: null, reason: `${error.message}${why}` };
    throw error;
  }
}
