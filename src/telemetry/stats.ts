/** The stable, versioned format of `--stats`. All numbers are counters except `tables`, `kernelQueued` and maxima. */
export interface Stats {
  readonly wirespan: "stats";
  readonly version: 1;
  /** Packets that the sensor received from libpcap. */
  readonly packets: number;
  /** Packets that are neither part of a handshake nor a DNS message, by reason. */
  readonly ignored: Counts;
  /** Ignored packets with an encapsulated packet, by kind of tunnel. */
  readonly tunnels: Counts;
  /** Frames that matched the capture filter, and those of them that the kernel dropped; 0 for files. */
  readonly kernelReceived: number;
  readonly kernelDrops: number;
  /** Frames in the capture buffer. Of a live capture, `kernelReceived` = `packets` + `kernelDrops` + `kernelQueued`. */
  readonly kernelQueued: number;
  /** Longest uninterrupted run of packet processing, in milliseconds; 0 for files. */
  readonly longestDispatchMillis: number;
  /** DNS answers whose decoded form was cached, and those that were decoded. */
  readonly dnsMemo: { readonly hits: number; readonly misses: number };
  /** DNS answers that were read or kept only in part, counted at each sighting. */
  readonly dnsAnswersTruncated: number;
  /** Facts from the sensor. */
  readonly facts: { readonly connections: number; readonly lookups: number };
  /** Facts without an interaction, by reason. */
  readonly factsIgnored: Counts;
  /** SYNs and answers after the first of an attempt, by what they turned out to be. */
  readonly handshakes: Counts;
  /** Reported connections and lookups. */
  readonly interactions: number;
  /** Interactions with an unresolved end. */
  readonly unresolved: number;
  /** Current entries (or bytes) of the bounded tables. */
  readonly tables: Counts;
  /** Entries evicted because a table was full, by table. */
  readonly evicted: Counts;
}

export type Counts = Readonly<Record<string, number>>;

/** The sensor's counters that `--stats` uses; `source` for live captures only. */
export interface SensorFigures {
  readonly packets: number;
  readonly decode: {
    readonly ignored: Counts;
    readonly tunnels?: Counts;
    readonly memoHits: number;
    readonly memoMisses: number;
    readonly answersCut: number;
    readonly fragmentsDropped: number;
    readonly fragmentBytes: number;
    readonly streamsDropped: number;
    readonly streamBytes: number;
  };
  readonly handshakes: {
    readonly halfOpen: number;
    readonly halfOpenEvicted: number;
    readonly decidedEvicted: number;
    readonly synCopies: number;
    readonly natTuplesJoined: number;
    readonly natTuplesRejected: number;
    readonly synsAfterVerdict: number;
    readonly answersRejected: number;
    readonly answersAfterTimeout: number;
    readonly unmatchedAnswers: number;
  };
  readonly exchanges: {
    readonly open: number;
    readonly evicted: number;
    readonly serversEvicted: number;
    readonly omittedAddresses: number;
  };
  readonly source?: {
    readonly kernel?: { readonly received: number; readonly dropped: number; readonly left: number };
    readonly longestDispatchMillis?: number;
  };
}

/** The resolver's counters that `--stats` uses. */
export interface ResolveFigures {
  readonly connections: number;
  readonly lookups: number;
  readonly interactions: number;
  readonly unresolved: number;
  readonly ignored: Counts;
  readonly waiting: number;
  readonly waitingEvicted: number;
  readonly namesEvicted: number;
  readonly externalNamesOverflow: number;
}

/** The figures of one sensor and of the resolver of its facts; null: not started. */
export function toStats(sensor: SensorFigures | null, resolve: ResolveFigures | null): Stats {
  const { decode, handshakes, exchanges, source } = sensor ?? {};
  return {
    wirespan: "stats",
    version: 1,
    packets: sensor?.packets ?? 0,
    ignored: decode?.ignored ?? {},
    tunnels: decode?.tunnels ?? {},
    kernelReceived: source?.kernel?.received ?? 0,
    kernelDrops: source?.kernel?.dropped ?? 0,
    kernelQueued: source?.kernel?.left ?? 0,
    longestDispatchMillis: source?.longestDispatchMillis ?? 0,
    dnsMemo: { hits: decode?.memoHits ?? 0, misses: decode?.memoMisses ?? 0 },
    dnsAnswersTruncated: decode?.answersCut ?? 0,
    facts: { connections: resolve?.connections ?? 0, lookups: resolve?.lookups ?? 0 },
    factsIgnored: resolve?.ignored ?? {},
    handshakes: {
      synCopies: handshakes?.synCopies ?? 0,
      natTuplesJoined: handshakes?.natTuplesJoined ?? 0,
      natTuplesRejected: handshakes?.natTuplesRejected ?? 0,
      synsAfterVerdict: handshakes?.synsAfterVerdict ?? 0,
      answersRejected: handshakes?.answersRejected ?? 0,
      answersAfterTimeout: handshakes?.answersAfterTimeout ?? 0,
      unmatchedAnswers: handshakes?.unmatchedAnswers ?? 0,
    },
    interactions: resolve?.interactions ?? 0,
    unresolved: resolve?.unresolved ?? 0,
    tables: {
      halfOpen: handshakes?.halfOpen ?? 0,
      openLookups: exchanges?.open ?? 0,
      fragmentBytes: decode?.fragmentBytes ?? 0,
      streamBytes: decode?.streamBytes ?? 0,
      pendingFacts: resolve?.waiting ?? 0,
    },
    evicted: {
      halfOpen: handshakes?.halfOpenEvicted ?? 0,
      decided: handshakes?.decidedEvicted ?? 0,
      openLookups: exchanges?.evicted ?? 0,
      dnsServers: exchanges?.serversEvicted ?? 0,
      fragments: decode?.fragmentsDropped ?? 0,
      streams: decode?.streamsDropped ?? 0,
      pendingFacts: resolve?.waitingEvicted ?? 0,
      resolvedNames: resolve?.namesEvicted ?? 0,
      answerAddresses: exchanges?.omittedAddresses ?? 0,
      externalNames: resolve?.externalNamesOverflow ?? 0,
    },
  };
}

/** Adds the stats of several recordings, or of consecutive sensor processes. */
export function sumStats(a: Stats, b: Stats): Stats {
  return {
    ...(sumNumbers({ ...a }, { ...b }) as unknown as Stats),
    wirespan: "stats",
    version: 1,
    longestDispatchMillis: Math.max(a.longestDispatchMillis, b.longestDispatchMillis),
  };
}

/** What was counted since `before`: packets that were queued then have been read since. */
export function statsSince(now: Stats, before: Stats): Stats {
  const { kernelReceived, kernelQueued } = before;
  const gone = { ...before, kernelReceived: kernelReceived - kernelQueued, kernelQueued: 0, tables: {} };
  return {
    ...(notNegative({ ...sumStats(now, negated({ ...gone }) as unknown as Stats) }) as unknown as Stats),
    longestDispatchMillis: now.longestDispatchMillis,
  };
}

/** With 0 for negative numbers, which only a sensor that counts backwards would cause. */
function notNegative(numbers: Numbers): Numbers {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [
      name,
      typeof value === "number" ? Math.max(0, value) : asNumbers(value, notNegative),
    ]),
  );
}

function asNumbers(value: unknown, of: (numbers: Numbers) => Numbers): unknown {
  return typeof value === "object" && value !== null ? of(value as Numbers) : value;
}

function negated(numbers: Numbers): Numbers {
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, negative(value)]));
}

function negative(value: unknown): unknown {
  return typeof value === "number" ? -value : asNumbers(value, negated);
}

type Numbers = { readonly [name: string]: unknown };

function sumNumbers(a: Numbers, b: Numbers): Numbers {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, sumValues(a[name], b[name])]));
}

function sumValues(a: unknown, b: unknown): unknown {
  if (typeof a === "number" || typeof b === "number") return Number(a ?? 0) + Number(b ?? 0);
  if (typeof a === "object" || typeof b === "object") return sumNumbers((a ?? {}) as Numbers, (b ?? {}) as Numbers);
  return a;
}
