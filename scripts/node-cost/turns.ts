// Pods that follow each other on the addresses of one node, one step after the other.
import type { LabPod } from "../../test/lab/cluster/cluster-plan.ts";
import { CLIENTS, planNode, SERVED_PORT, SERVERS, type Turn, workload } from "./node-plan.ts";

const WEB = workload(SERVERS, "web", SERVED_PORT);
const API = workload(SERVERS, "api", SERVED_PORT);
const DIALERS = ["cart", "checkout", "report"].map((name) => workload(CLIENTS, name, null));

/** Each Service keeps a pod for the whole run. */
const LASTING: readonly Turn[] = [
  { slot: 1, workload: WEB, from: 0, to: 1 },
  { slot: 2, workload: API, from: 0, to: 1 },
];
const SERVER_SLOTS = [3, 4];
const CLIENT_SLOTS = [5, 6, 7, 8, 9];
const SLOTS = [5, 6, 3, 7, 8, 9, 4];

/** One pod ends, and another one of another workload gets its address. */
export interface Step {
  readonly ends: LabPod;
  readonly starts: LabPod;
}

/** A cluster in which pods take turns, in this number of steps. */
export function planTurns(steps: number) {
  const turns: Turn[] = [...LASTING];
  const current = new Map<number, { from: number; turn: number }>();
  for (const slot of SLOTS) current.set(slot, { from: 0, turn: 0 });
  const workloadOf = (slot: number, turn: number) => {
    const all = SERVER_SLOTS.includes(slot) ? [WEB, API] : DIALERS;
    return all[(slot + turn) % all.length] ?? WEB;
  };
  for (let step = 0; step < steps; step++) {
    const slot = SLOTS[step % SLOTS.length] ?? 0;
    const { from, turn } = current.get(slot) ?? { from: 0, turn: 0 };
    // The successor comes later: in between no pod has the address.
    turns.push({ slot, workload: workloadOf(slot, turn), from, to: (step + 0.25) / steps });
    current.set(slot, { from: (step + 0.75) / steps, turn: turn + 1 });
  }
  for (const [slot, { from, turn }] of current) turns.push({ slot, workload: workloadOf(slot, turn), from, to: 1 });
  const cluster = planNode(turns);
  return { cluster, steps: stepsOf(cluster.pods) };
}

function stepsOf(pods: readonly LabPod[]): Step[] {
  return pods
    .filter(({ end }) => end !== null)
    .toSorted((a, b) => a.to - b.to)
    .flatMap((ends) => {
      const starts = pods.find((pod) => pod.slot === ends.slot && pod.from > ends.to);
      return starts === undefined ? [] : [{ ends, starts }];
    });
}

export const dials = (pod: LabPod): boolean => CLIENT_SLOTS.includes(pod.slot);
export const serves = (pod: LabPod): boolean => pod.workload.port === SERVED_PORT;
