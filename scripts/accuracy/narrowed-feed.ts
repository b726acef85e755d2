import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import { RemotePods, withPods } from "../../src/kubernetes/client/remote-pods.ts";
import type { ClusterEvent } from "../../src/kubernetes/objects/cluster-event.ts";
import { type KubernetesObject, recordKey } from "../../src/kubernetes/objects/kubernetes-objects.ts";
import { trimObject } from "../../src/kubernetes/objects/trim-object.ts";

/** The cluster of an agent with `--watch-pods node`: pods of its node; other pods only as EndpointSlices name them. */
export function narrowedFeed(
  objects: readonly KubernetesObject[],
  events: readonly ClusterEvent[],
  node: string,
): ClusterFeed {
  const changed = events.filter(({ object }) => isWatched(object, node)).flatMap((event) => trimmed(event));
  const named = new Set(changed.map(({ object }) => recordKey(object)));
  const lasting = objects
    .filter((object) => isWatched(object, node))
    .flatMap((object) => trimmed({ timeMicros: Number.NEGATIVE_INFINITY, type: "ADDED", object }))
    .filter(({ object }) => !named.has(recordKey(object)));
  const feed = new ClusterFeed([], []);
  const inOrder = changed.toSorted((a, b) => a.timeMicros - b.timeMicros);
  feed.addUpdates(new RemotePods(node).expand([...lasting, ...inOrder]));
  return feed;
}

function isWatched({ kind, metadata, spec }: KubernetesObject, node: string): boolean {
  return kind !== "Pod" || spec?.nodeName === node || metadata?.labels?.["app.kubernetes.io/name"] === "wirespan";
}

function trimmed(event: ClusterEvent) {
  const object = withPods(trimObject(event.object), event.object);
  return object === null ? [] : [{ ...event, object }];
}
