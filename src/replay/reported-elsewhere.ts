import type { PodsByNode } from "../cluster-source/cluster-files.ts";
import type { ReplayedRecording } from "./replay-recordings.ts";

/**
 * A sentence for each recording of which most connections are left to the agents of other nodes, because of its node.
 */
export function describeReportedElsewhere(replayed: readonly ReplayedRecording[], pods: PodsByNode): string[] {
  return replayed.flatMap(({ recording, result }) => {
    const { node } = recording.options;
    if (node === null || result === null) return [];
    const hidden = result.resolve.ignored.reported_elsewhere;
    const shown = result.resolve.interactions;
    if (hidden <= shown) return [];
    const what = `${hidden} of ${hidden + shown} connections and lookups of ${recording.files.join(", ")} are not shown, because the agents of other nodes than ${node} report them`;
    return `${what}; ${whyHidden(pods) ?? "leave out --node to see all, or name the node of the capture"}`;
  });
}

/** Every agent leaves a pod without a node to the agents of other nodes. */
function whyHidden({ all, withoutNode }: PodsByNode): string | null {
  if (withoutNode * 2 <= all) return null;
  return `${withoutNode} of ${all} pods have no spec.nodeName, so the pods of this node are unknown: make the cluster file with kubectl get -o json, complete, or leave out --node`;
}
