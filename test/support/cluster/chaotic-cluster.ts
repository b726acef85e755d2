/**
 * A cluster in which pods come, take addresses of others within a fifth of a second, and go, as Kubernetes has it; and
 * what a watch tells of it, late. The truth is kept here, by whoever holds an address at a moment; nothing is shared
 * with the index that is held against it.
 */
import type { ClusterEvent } from "../../../src/kubernetes/objects/cluster-event.ts";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import { micros, type PodOptions, pod } from "./cluster-objects.ts";

export interface ChaosOptions {
  readonly pods: number;
  readonly addressesPerNode: number;
  /** The kubelet tells what has happened so long after it. */
  readonly maxKubeletSeconds: number;
  /** The watch brings what was written so long after it, in order. */
  readonly maxWatchSeconds: number;
  readonly breaks: number;
  readonly maxBreakSeconds: number;
}

/** A connection and who made it, by the name of the pod. */
export interface Call {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly client: string;
  readonly server: string;
}

/** What a watch tells at `at`, all at once. */
export interface News {
  readonly at: number;
  readonly events: readonly ClusterEvent[];
}

export interface Chaos {
  readonly calls: readonly Call[];
  readonly news: readonly News[];
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
  /** A deletion was asked for; null for a job, which ends by itself. */
  asked: number | null;
  ends: number;
  /** The end was written: DELETED, or Succeeded. */
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
/** Of a pod that came and went while the watch was broken nobody ever tells the address: docs/limitations.md. */
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
    return { calls: this.#calls(lives), news: this.#updates(writes, seconds), seconds, reuses: lives.length - used };
  }

  #between(least: number, most: number): number {
    return least + this.#random() * (most - least);
  }

  /** Each pod takes the address that became free last on its node, or another free one; it waits while there is none. */
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
    const asked = isJob ? null : starts + MIN_LIFE_SECONDS + this.#between(0, 12);
    const ends = asked === null ? starts + MIN_LIFE_SECONDS + this.#between(0, 8) : asked + this.#between(0.05, 5);
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
      asked,
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

  #updates(writes: readonly Write[], seconds: number): News[] {
    const breaks = this.#breaks(seconds);
    const news: News[] = [];
    let told = 0;
    let i = 0;
    for (const { from, to, isListed } of [...breaks, { from: seconds + 10, to: seconds + 10, isListed: false }]) {
      for (; i < writes.length; i++) {
        const write = writes[i] as Write;
        const at = Math.max(told, write.at + this.#between(0, this.#options.maxWatchSeconds));
        if (at >= from) break;
        told = at;
        news.push({ at, events: [eventOf(write, at)] });
      }
      const missed = writes.slice(i).filter(({ at }) => at < to);
      i += missed.length;
      told = to;
      news.push({
        at: to,
        events: isListed ? listed(writes.slice(0, i), missed, from, to) : missed.map((w) => eventOf(w, to)),
      });
    }
    return news;
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

/** What a new list at `to` says that is new: the last state of what is there, and that the rest is not. */
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

/** What the API server is written of one pod, in order; the last state that was told stays with its deletion. */
function writesOf(life: Life): Write[] {
  const { name, node, address, created, scheduled, starts, known, asked, ends, written, deleted } = life;
  const always = { createdSeconds: created, restartPolicy: life.isJob ? "Never" : "Always" };
  const write = (at: number, type: Write["type"], options: PodOptions): Write => {
    const deletion = asked !== null && asked <= at ? { deletionSeconds: asked } : {};
    return { at, type, object: pod(`test/${name}`, { ...always, ...deletion, ...options }) };
  };
  const placed = { node, phase: "Pending" };
  const running = { node, ip: address, startedSeconds: starts };
  const ended = { ...running, phase: life.isJob ? "Succeeded" : "Failed", finishedSeconds: ends };
  const writes = [
    write(created, "ADDED", { phase: "Pending" }),
    write(scheduled, "MODIFIED", placed),
    write(known, "MODIFIED", running),
    ...(asked === null ? [] : [write(asked, "MODIFIED", asked < known ? placed : running)]),
    write(written, "MODIFIED", ended),
    write(deleted, "DELETED", ended),
  ];
  return writes.sort((a, b) => a.at - b.at);
}
