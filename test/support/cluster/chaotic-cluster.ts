/**
 * A cluster in which pods start, take over addresses within a fifth of a second, and end, as in Kubernetes; and the late
 * events of a watch. It knows the true owner of each address at any time, and shares no code with the index under test.
 */
import type { ClusterEvent } from "../../../src/kubernetes/objects/cluster-event.ts";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import { micros, type PodOptions, pod } from "./cluster-objects.ts";

export interface ChaosOptions {
  readonly pods: number;
  readonly addressesPerNode: number;
  /** Maximum delay of the kubelet's status updates. */
  readonly maxKubeletSeconds: number;
  /** Maximum delay of the watch; events stay in order. */
  readonly maxWatchSeconds: number;
  readonly breaks: number;
  readonly maxBreakSeconds: number;
}

/** A connection and its pods, by name. */
export interface Call {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly client: string;
  readonly server: string;
}

/** Events that a watch delivers together at `at`. */
export interface WatchUpdate {
  readonly at: number;
  readonly events: readonly ClusterEvent[];
}

export interface Chaos {
  readonly calls: readonly Call[];
  readonly updates: readonly WatchUpdate[];
  readonly seconds: number;
  readonly reuses: number;
}

interface Life {
  readonly name: string;
  readonly node: string;
  readonly isJob: boolean;
  readonly created: number;
  readonly scheduled: number;
  address: string;
  starts: number;
  known: number;
  /** When its deletion was requested; null for a Job, which ends by itself. */
  deletionRequested: number | null;
  ends: number;
  /** When its end was written: DELETED, or Succeeded. */
  written: number;
  deleted: number;
}

interface Write {
  readonly at: number;
  readonly type: ClusterEvent["type"];
  readonly object: KubernetesObject;
}

const NODES = ["a", "b", "c"] as const;
const SECONDS_BETWEEN_PODS = 0.35;
const MAX_FREE_SECONDS = 0.2;
/** The address of a pod that started and ended while the watch was broken is never reported: docs/limitations.md. */
const MIN_LIFE_SECONDS = 3;

export class ChaoticCluster {
  readonly #options: ChaosOptions;
  readonly #random: () => number;

  /** `random`: 0 ≤ x < 1. */
  constructor(options: ChaosOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  run(): Chaos {
    const lives = this.#lives();
    const seconds = Math.max(...lives.map(({ deleted }) => deleted)) + 1;
    const writes = lives.flatMap((life) => writesOf(life)).sort((a, b) => a.at - b.at);
    const used = new Set(lives.map(({ address }) => address)).size;
    return { calls: this.#calls(lives), updates: this.#updates(writes, seconds), seconds, reuses: lives.length - used };
  }

  #between(least: number, most: number): number {
    return least + this.#random() * (most - least);
  }

  /** Each pod takes the address that became free last on its node, or another free one, or waits for one. */
  #lives(): Life[] {
    const free = new Map(NODES.map((node, i) => [node, this.#addresses(i + 1)] as const));
    const lives: Life[] = [];
    for (let i = 0, created = 1; i < this.#options.pods; i++) {
      created += this.#between(0, 2 * SECONDS_BETWEEN_PODS);
      const node = NODES[Math.floor(this.#random() * NODES.length)] ?? "a";
      const scheduled = created + this.#between(0.02, 0.3);
      const ready = scheduled + this.#between(0.1, 1.5);
      const slots = (free.get(node) ?? []).toSorted((a, b) => b.since - a.since);
      const freed = slots.filter(({ since }) => since <= ready);
      const slot = freed[this.#random() < 0.7 ? 0 : Math.floor(this.#random() * freed.length)] ?? slots.at(-1);
      if (slot === undefined) throw new Error("a node without addresses");
      lives.push(this.#live(`pod-${i}`, node, { created, scheduled }, Math.max(ready, slot.since), slot));
    }
    return lives;
  }

  #live(
    name: string,
    node: string,
    { created, scheduled }: Pick<Life, "created" | "scheduled">,
    starts: number,
    slot: Slot,
  ): Life {
    const { maxKubeletSeconds } = this.#options;
    const isJob = this.#random() < 0.3;
    const known = starts + this.#between(0.05, maxKubeletSeconds);
    const deletionRequested = isJob ? null : starts + MIN_LIFE_SECONDS + this.#between(0, 12);
    const ends =
      deletionRequested === null
        ? starts + MIN_LIFE_SECONDS + this.#between(0, 8)
        : deletionRequested + this.#between(0.05, 5);
    const written = Math.max(ends + this.#between(0, maxKubeletSeconds), known + 0.001);
    const deleted = written + this.#between(0.001, isJob ? 15 : 0.5);
    slot.since = ends + this.#between(0, MAX_FREE_SECONDS);
    return {
      name,
      node,
      isJob,
      created,
      scheduled,
      address: slot.address,
      starts,
      known,
      deletionRequested,
      ends,
      written,
      deleted,
    };
  }

  #addresses(subnet: number): Slot[] {
    return Array.from({ length: this.#options.addressesPerNode }, (_, i) => ({
      address: `10.244.${subnet}.${i + 10}`,
      since: 0,
    }));
  }

  /** From each pod and to it: right after its start, right before its end, and in between. */
  #calls(lives: readonly Life[]): Call[] {
    const calls: Call[] = [];
    for (const life of lives) {
      const lasts = life.ends - life.starts;
      const edges = [life.starts + Math.min(0.02, lasts / 4), life.ends - Math.min(0.005, lasts / 4)];
      const within = Array.from({ length: 6 }, () =>
        this.#between(life.starts + lasts * 0.05, life.ends - lasts * 0.05),
      );
      for (const at of [...edges, ...within]) {
        const others = lives.filter((other) => other !== life && other.starts <= at && at < other.ends);
        const other = others[Math.floor(this.#random() * others.length)];
        if (other === undefined) continue;
        const [client, server] = this.#random() < 0.5 ? [life, other] : [other, life];
        calls.push({ at, from: client.address, to: server.address, client: client.name, server: server.name });
      }
    }
    return calls.sort((a, b) => a.at - b.at);
  }

  #updates(writes: readonly Write[], seconds: number): WatchUpdate[] {
    const breaks = this.#breaks(seconds);
    const updates: WatchUpdate[] = [];
    let delivered = 0;
    let i = 0;
    for (const { from, to, isListed } of [...breaks, { from: seconds + 10, to: seconds + 10, isListed: false }]) {
      for (; i < writes.length; i++) {
        const write = writes[i] as Write;
        const at = Math.max(delivered, write.at + this.#between(0, this.#options.maxWatchSeconds));
        if (at >= from) break;
        delivered = at;
        updates.push({ at, events: [eventOf(write, at)] });
      }
      const missed = writes.slice(i).filter(({ at }) => at < to);
      i += missed.length;
      delivered = to;
      updates.push({
        at: to,
        events: isListed ? listed(writes.slice(0, i), missed, from, to) : missed.map((w) => eventOf(w, to)),
      });
    }
    return updates;
  }

  #breaks(seconds: number) {
    const { breaks, maxBreakSeconds } = this.#options;
    return Array.from({ length: breaks }, (_, i) => {
      const from = ((i + this.#between(0.1, 0.9)) * seconds) / breaks;
      return { from, to: from + this.#between(0.2, maxBreakSeconds), isListed: this.#random() < 0.5 };
    }).filter(({ to }, i, all) => to < (all[i + 1]?.from ?? seconds));
  }
}

interface Slot {
  readonly address: string;
  since: number;
}

function eventOf({ type, object }: Write, at: number): ClusterEvent {
  return { timeMicros: micros(at), type, object };
}

/** The changes that a new list at `to` shows: the last state of existing objects, and the deletion of others. */
function listed(all: readonly Write[], missed: readonly Write[], from: number, to: number): ClusterEvent[] {
  const known = new Map<string, KubernetesObject>();
  for (const write of all.slice(0, all.length - missed.length)) {
    if (write.type === "DELETED") known.delete(nameOf(write));
    else known.set(nameOf(write), write.object);
  }
  const last = new Map(missed.map((write) => [nameOf(write), write] as const));
  return [...last].flatMap(([name, write]): ClusterEvent[] => {
    const old = known.get(name);
    if (write.type !== "DELETED") {
      return [{ timeMicros: micros(to), type: old === undefined ? "ADDED" : "MODIFIED", object: write.object }];
    }
    return old === undefined
      ? []
      : [{ timeMicros: micros(from), untilMicros: micros(to), type: "DELETED", object: old }];
  });
}

function nameOf({ object }: Write): string {
  return object.metadata?.name ?? "";
}

/** The states of one pod in the API server, in order; its deletion has the last one. */
function writesOf(life: Life): Write[] {
  const { name, node, address, created, scheduled, starts, known, deletionRequested, ends, written, deleted } = life;
  const always = { createdSeconds: created, restartPolicy: life.isJob ? "Never" : "Always" };
  const write = (at: number, type: Write["type"], options: PodOptions): Write => {
    const deletion =
      deletionRequested !== null && deletionRequested <= at ? { deletionSeconds: deletionRequested } : {};
    return { at, type, object: pod(`test/${name}`, { ...always, ...deletion, ...options }) };
  };
  const placed = { node, phase: "Pending" };
  const running = { node, ip: address, startedSeconds: starts };
  const ended = { ...running, phase: life.isJob ? "Succeeded" : "Failed", finishedSeconds: ends };
  const writes = [
    write(created, "ADDED", { phase: "Pending" }),
    write(scheduled, "MODIFIED", placed),
    write(known, "MODIFIED", running),
    ...(deletionRequested === null
      ? []
      : [write(deletionRequested, "MODIFIED", deletionRequested < known ? placed : running)]),
    write(written, "MODIFIED", ended),
    write(deleted, "DELETED", ended),
  ];
  return writes.sort((a, b) => a.at - b.at);
}
