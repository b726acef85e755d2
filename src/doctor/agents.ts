import { type DaemonSetState, missingPods } from "../kubernetes/client/daemon-set.ts";
import { type Finding, failed, ok, warning } from "./finding.ts";

const CHECK = "agents";

export function agentsFinding(state: DaemonSetState): Finding {
  const { desired, ready, isUpdated } = state;
  const missing = missingPods(state);
  if (missing !== null) return (ready === 0 ? failed : warning)(CHECK, missing);
  const counted = `${ready} of ${desired} agents are ready`;
  if (isUpdated) return ok(CHECK, counted);
  return warning(
    CHECK,
    `${counted}, but an update of the DaemonSet is in progress; run this again when it is complete`,
  );
}
