import { EdgeStore } from "../../../src/graph/store/edge-store.ts";
import type { End, Evidence, Interaction, Outcome, Workload } from "../../../src/model/interaction.ts";
import type { ServiceGraph } from "../../../src/model/service-graph.ts";

/** Small deterministic generator (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const TEAMS = [
  "shop",
  "payments",
  "catalog",
  "media",
  "search",
  "identity",
  "logistics",
  "analytics",
  "ads",
  "support",
];
const TIERS = [
  ["web", "gateway", "graphql", "admin-ui"],
  ["orders", "cart", "profile", "inventory", "pricing", "invoices", "reviews", "recommendations", "notifications"],
  ["worker", "indexer", "scheduler", "mailer", "exporter"],
  ["postgres", "redis", "kafka", "elasticsearch", "minio"],
] as const;
const EXTERNALS = ["api.stripe.com", "hooks.slack.com", "s3.eu-west-1.amazonaws.com", "smtp.sendgrid.net", "office"];

function workload(namespace: string, name: string, tier: number): Workload {
  const kind = tier === 3 ? "StatefulSet" : "Deployment";
  return {
    type: "workload",
    namespace,
    name,
    kind,
    serviceName: name,
    serviceNamespace: namespace,
    ownSpans: "unsaid",
  };
}

const FAILURES: readonly Outcome[] = ["refused", "refused", "timed_out", "timed_out", "unreachable"];

/** One interaction with plausible fields; `random` chooses fields that are not given. */
export function makeInteraction(fields: Partial<Interaction> & Pick<Interaction, "client" | "server">): Interaction {
  return {
    timeMicros: 1_795_417_363_733_825,
    evidence: "handshake",
    outcome: "established",
    errorType: null,
    name: null,
    canonicalName: null,
    dialled: { address: "10.96.0.43", port: 80 },
    clientAddress: { address: "10.42.2.23", port: 40_681 },
    serverAddress: { address: "10.42.1.15", port: 8080 },
    durationMicros: 412,
    retries: 0,
    nameAgeMicros: null,
    clientRule: null,
    serverRule: null,
    clientPod: null,
    serverPod: null,
    dialledService: null,
    reporter: null,
    ...fields,
  };
}

/**
 * A graph of a shop: teams are namespaces of front ends, services, workers and stores; calls go mostly down the
 * tiers and mostly inside a team; a few externals, a missing service, about one edge in twelve with failures.
 */
export function shopGraph(nodeCount: number, seed = 1): ServiceGraph {
  const random = randomNumbers(seed * 7919 + nodeCount);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const teamCount = Math.max(2, Math.min(40, Math.round(nodeCount / 14)));
  const externalCount = Math.max(1, Math.min(EXTERNALS.length * 6, Math.round(nodeCount / 25)));
  const tiers: Workload[][] = [[], [], [], []];
  const byTeam = new Map<string, Workload[][]>();
  for (let i = 0; i < nodeCount - externalCount - 2; i++) {
    const team = teamName(i % teamCount);
    const round = Math.floor(i / teamCount);
    const tier = [0, 1, 3, 1, 2, 1, 1, 3, 1, 2, 1, 1][round % 12] ?? 1;
    const members = byTeam.get(team) ?? [[], [], [], []];
    byTeam.set(team, members);
    const nth = members[tier]?.length ?? 0;
    const names = TIERS[tier] ?? TIERS[1];
    const base = names[(nth + (i % teamCount)) % names.length];
    const made = workload(team, nth < names.length ? `${base}` : `${base}-${Math.floor(nth / names.length) + 1}`, tier);
    members[tier]?.push(made);
    tiers[tier]?.push(made);
  }
  const store = new EdgeStore({ singleUnresolved: true });
  const connect = (client: End, server: End, name: string | null): void => {
    const failure = server.type === "service" ? "host_not_found" : random() < 0.08 ? pick(FAILURES) : null;
    const isDown = server.type === "service" || random() < 0.3;
    const count = 1 + Math.floor(random() ** 3 * 400);
    const port = portOf(server);
    for (let i = 0; i < Math.min(count, 40); i++) {
      const outcome: Outcome = failure && (isDown || i % 7 === 0) ? failure : "established";
      const evidence: Evidence = outcome === "host_not_found" || outcome === "try_again" ? "lookup" : "handshake";
      store.add(
        makeInteraction({
          client,
          server,
          name,
          outcome,
          evidence,
          dialled: { address: "10.96.0.1", port },
          serverAddress: { address: "10.42.0.1", port: port === 80 ? 8080 : port },
          durationMicros: 150 + Math.floor(random() ** 4 * 20_000),
          timeMicros: 1_795_417_363_733_825 + Math.floor(random() * 6e8),
        }),
      );
    }
  };
  const down: readonly (readonly number[])[] = [[1, 1, 1], [1, 3], [1, 3], []];
  for (const [tier, clients] of tiers.entries()) {
    for (const client of clients) {
      for (const target of down[tier] ?? []) {
        const own = byTeam.get(client.namespace)?.[target] ?? [];
        const pool = own.length > 0 && random() < 0.8 ? own : (tiers[target] ?? []);
        const server = pick(pool.length > 0 ? pool : (tiers[1] ?? []));
        if (server && server !== client)
          connect(client, server, `${server.name}.${server.namespace}.svc.cluster.local`);
      }
    }
  }
  const services = tiers[1] ?? [];
  for (let i = 0; i < externalCount; i++) {
    const base = EXTERNALS[i % EXTERNALS.length] ?? "external";
    const name = i < EXTERNALS.length ? base : `${Math.floor(i / EXTERNALS.length)}.${base}`;
    connect(pick(services), { type: "external", name }, base.includes(".") ? name : null);
  }
  for (const front of (tiers[0] ?? []).slice(0, 2)) connect({ type: "external", name: "external" }, front, null);
  connect({ type: "node", name: "worker-1" }, services[0] ?? { type: "external", name: "external" }, null);
  connect(
    services[1] ?? { type: "node", name: "worker-1" },
    { type: "service", namespace: "shop", name: "gone" },
    "gone.shop.svc.cluster.local",
  );
  return store.graph();
}

const STORE_PORTS: Readonly<Record<string, number>> = { postgres: 5432, redis: 6379, kafka: 9092, minio: 9000 };

function portOf(server: End): number {
  if (server.type === "external") return 443;
  if (server.type !== "workload") return 80;
  return STORE_PORTS[server.name.split("-")[0] ?? ""] ?? (server.name.length % 2 === 0 ? 80 : 8080);
}

function teamName(index: number): string {
  const base = TEAMS[index % TEAMS.length] ?? "team";
  return index < TEAMS.length ? base : `${base}-${Math.floor(index / TEAMS.length) + 1}`;
}
