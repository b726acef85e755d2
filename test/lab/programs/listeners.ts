import type { LabPod } from "../cluster/cluster-plan.ts";
import type { PlannedAction } from "../traffic/traffic-plan.ts";
import type { ProgramCommand } from "./program-messages.ts";

/** Ports that the program of a pod serves from its start. */
export function podListeners(pod: LabPod): ProgramCommand[] {
  const { port, resetPort } = pod.workload;
  const listen = (port: number | null, reset: boolean): ProgramCommand[] =>
    port === null ? [] : [{ type: "listen", port, owner: pod.name, reset }];
  return [...listen(port, false), ...listen(resetPort, true)];
}

/** The ports that the machines outside must serve for the plan to come true; all their addresses are one machine's. */
export function outsideListeners(traffic: readonly PlannedAction[]): ProgramCommand[] {
  const answered = traffic.filter(({ target, outcome }) => target?.type === "external" && outcome === "ok");
  const ports = new Set(answered.map(({ action }) => action.port).filter((port) => port > 0));
  return [...ports].map((port) => ({ type: "listen", port, owner: "~outside", reset: false }));
}
