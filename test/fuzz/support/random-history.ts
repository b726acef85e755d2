import type { ClusterEvent } from "../../../src/kubernetes/objects/cluster-event.ts";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import type { Route } from "../../../src/model/address-range.ts";
import { Choice } from "./choice.ts";
import { RandomCluster } from "./random-cluster.ts";
import { type RandomFact, RandomFacts } from "./random-facts.ts";
import { randomScene } from "./scene.ts";

/** What happens at one moment, in this order. */
export interface Moment {
  /** Seconds; a moment may be earlier than the one before. */
  readonly at: number;
  readonly events: readonly ClusterEvent[];
  readonly facts: readonly RandomFact[];
  /** Interfaces and routes of the agent's own node; null: as before. */
  readonly ownAddresses: readonly string[] | null;
  readonly ownRoutes: readonly Route[] | null;
  /** Whether the watch is broken; null: as before. */
  readonly isDisconnected: boolean | null;
}

export interface History {
  /** Of a cluster file. */
  readonly objects: readonly KubernetesObject[];
  readonly moments: readonly Moment[];
}

const OWN_ADDRESSES = [["192.168.0.1"], ["192.168.0.1", "10.244.1.1"], ["192.168.0.1", "10.96.0.33", "169.254.20.10"]];
const ROUTES: readonly (readonly Route[])[] = [
  [],
  [{ cidr: "10.244.2.0/24", gateway: "10.244.2.1" }],
  [
    { cidr: "10.244.2.0/24", gateway: "10.244.2.1" },
    { cidr: "10.244.3.0/24", gateway: "10.244.3.0" },
  ],
];
const SOON = [0.02, 0.02, 0.1, 0.1, 0.5, 1, 3];
/** Waiting times pass, pods are forgotten. */
const LATER = [12, 70, 200, 400];
/** The clock is set back. */
const BACK = [-0.5, -11, -60, -3_600];

/** A history of one cluster from a number for each of its moments, so that any of them may be left out. */
export function randomHistory(first: number, seeds: readonly number[]): History {
  const beginning = new Choice(first);
  const scene = randomScene(beginning);
  const cluster = new RandomCluster(beginning, scene);
  const facts = new RandomFacts(scene);
  let at = 0;
  const moments = seeds.map((seed) => {
    const choice = new Choice(seed);
    at += choice.of(choice.once(150) ? BACK : choice.once(20) ? LATER : SOON);
    const isChange = choice.once(4);
    return {
      at,
      events: isChange ? cluster.change(choice, at) : [],
      facts: isChange ? [] : facts.next(choice, at),
      ownAddresses: choice.once(40) ? choice.of(OWN_ADDRESSES) : null,
      ownRoutes: choice.once(40) ? choice.of(ROUTES) : null,
      isDisconnected: choice.once(40) ? choice.once(3) : null,
    };
  });
  return { objects: cluster.objects, moments };
}
