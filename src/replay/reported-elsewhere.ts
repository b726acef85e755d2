// What a replay leaves to the agents of other nodes, where that is most of what was seen.
import type { PodsByNode } from "../cluster-source/cluster-files.ts";
import type { Told } from "./replay-run.ts";

/** A sentence for each recording where `--node` or `--capture` hides more than it shows. */
export function describeReportedElsewhere(told: readonly Told[], pods: PodsByNode): string[] {
  return told.flatMap(({ recording, result }) => {
    const { node } = recording.options;
    if (node === null || result === null) return [];
    const hidden = result.resolve.ignored.reported_elsewhere;
    const shown = result.resolve.interactions;
    if (hidden <= shown) return [];
    const what = `most of what ${recording.files.join(", ")} shows, ${hidden} of ${hidden + shown}, is left to the agents of other nodes, since its node is ${node}`;
    return `${what}; ${whyHidden(pods) ?? "leave out --node to see all, or name the node on which it was captured"}`;
  });
}

/** Without its node a pod is no node's own, and each agent leaves it to the others. */
function whyHidden({ all, withoutNode }: PodsByNode): string | null {
  if (withoutNode * 2 <= all) return null;
  return `${withoutNode} of ${all} pods have no spec.nodeName, so that it is not known which are this node's: make the cluster file with kubectl get -o json, whole, or leave out --node`;
}
