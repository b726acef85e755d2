// What the dashboards answer about a week of known traffic, in a real Prometheus: each table is computed by hand below.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startPrometheus } from "../collector/support/prometheus-process.ts";
import { interpolated, readDashboards, type Selection, variableQuery } from "./support/dashboards.ts";
import { type HistorySeries, writeHistory } from "./support/edge-history.ts";
import { graphQueries } from "./support/grafana-queries.ts";

const TOTAL = "traces_service_graph_request_total";
const FAILED = "traces_service_graph_request_failed_total";
const MINUTE = 60;
const HOUR = 3_600;
const DAY = 24 * HOUR;
/** Now. Blocks begin at even hours, and Prometheus takes no sample of the last hours from outside. */
const NOW = Math.floor(Date.now() / 1000 / (2 * HOUR)) * 2 * HOUR - 4 * HOUR;
const WEEK_AGO = NOW - 7 * DAY + HOUR;
const dashboards = readDashboards();

interface Life {
  /** Seconds before now; until now by default. */
  readonly from: number;
  readonly to?: number;
  /** Connections by the minute since the beginning; one a minute by default. */
  readonly count?: (minutes: number) => number;
  readonly failed?: (minutes: number) => number;
}

const STEADY = (minutes: number) => minutes + 1;

/** `shop/a shop/b`: a client and a server with their namespaces; `/name` has none. */
function edge(names: string, { from, to = 0, count = STEADY, failed }: Life): HistorySeries[] {
  const [client = "", server = ""] = names.split(" ");
  const [clientNamespace = "", clientName = ""] = client.split("/");
  const [serverNamespace = "", serverName = ""] = server.split("/");
  const labels = {
    job: "service-graph",
    instance: "collector:8889",
    client: clientName,
    client_service_namespace: clientNamespace,
    server: serverName,
    server_service_namespace: serverNamespace,
  };
  const start = NOW - from;
  const by = (counter: (minutes: number) => number) => (at: number) => counter((at - start) / MINUTE);
  const life = { labels, from: start, to: NOW - to };
  return [
    { ...life, metric: TOTAL, value: by(count) },
    ...(failed === undefined ? [] : [{ ...life, metric: FAILED, value: by(failed) }]),
  ];
}

const OLD = { from: NOW - WEEK_AGO };

const series: HistorySeries[] = [
  // Working all week: one connection a minute each.
  ...[
    "/office web/edge",
    "web/edge shop/frontend",
    "shop/frontend shop/checkout",
    "shop/checkout shop/payments",
  ].flatMap((names) =>
    edge(names, names === "shop/checkout shop/payments" ? { ...OLD, failed: (m) => Math.floor(m / 10) } : OLD),
  ),
  // The Collector restarted half an hour ago: its counter fell to 0.
  ...edge("shop/frontend shop/cart", {
    ...OLD,
    count: (m) => (m < OLD.from / MINUTE - 30 ? m + 1 : m - (OLD.from / MINUTE - 30)),
  }),
  // New: seven connections in its first seven minutes.
  ...edge("shop/cart shop/pricing", { from: 3 * HOUR, count: (m) => Math.min(7, m + 1) }),
  // New, with a restart two hours ago: five connections before, three after.
  ...edge("shop/checkout shop/mail", {
    from: 4 * HOUR,
    count: (m) => (m < 120 ? Math.min(5, m + 1) : Math.min(3, m - 119)),
  }),
  // New, and all four connections fail, hours ago.
  ...edge("shop/cart /api.example.com", {
    from: 5 * HOUR,
    count: (m) => Math.min(4, m + 1),
    failed: (m) => Math.min(4, m + 1),
  }),
  // New and failing for 40 minutes, one connection a minute.
  ...edge("shop/checkout shop/inventory", { from: 40 * MINUTE, count: STEADY, failed: STEADY }),
  // Ended: 30 hours ago, and 20 hours ago.
  ...edge("shop/frontend shop/legacy", { from: 6 * DAY, to: 30 * HOUR }),
  ...edge("shop/frontend shop/ads", { from: 6 * DAY, to: 20 * HOUR }),
  // A weekly job: 15 minutes on one day, and again two hours ago.
  ...edge("shop/report shop/ledger", { from: 5 * DAY, to: 5 * DAY - 15 * MINUTE, count: () => 1 }),
  ...edge("shop/report shop/ledger", { from: 2 * HOUR, to: 2 * HOUR - 15 * MINUTE, count: () => 1 }),
  // All connections fail, all week; and a caller that would follow.
  ...edge("shop/batch shop/payments", { ...OLD, failed: STEADY }),
  ...edge("shop/scheduler shop/batch", OLD),
  // A process of a Kubernetes node calls payments, and cron calls the node.
  ...edge("/node shop/payments", OLD),
  ...edge("shop/cron /node", OLD),
  // A circle: payments calls its own caller. And a workload of the same name elsewhere.
  ...edge("shop/payments shop/checkout", OLD),
  ...edge("media/player media/payments", OLD),
  ...agent("node-a", { synthetic: 3, half: 1, instrumented: 2 }, { synthetic: 30, half: 6, instrumented: 60 }),
  ...agent("node-b", { synthetic: 3, half: 0, instrumented: 1 }, { synthetic: 24, half: 0, instrumented: 0 }),
];

type States = Readonly<Record<string, number>>;

/** What an agent says of the roll-out: its edges, and how many connections an hour, evenly. */
function agent(instance: string, edges: States, perHour: States): HistorySeries[] {
  const life = { from: NOW - 2 * DAY, to: NOW };
  return Object.keys(edges).flatMap((state): HistorySeries[] => [
    {
      ...life,
      metric: "wirespan_rollout_connections_total",
      labels: { job: "wirespan", instance, state },
      value: (at) => ((at - life.from) / HOUR) * (perHour[state] ?? 0),
    },
    {
      ...life,
      metric: "wirespan_rollout_edges",
      labels: { job: "wirespan", instance, state },
      value: () => edges[state] ?? 0,
    },
  ]);
}

interface Answer {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

async function query(url: string, expression: string): Promise<Answer[]> {
  const parameters = new URLSearchParams({ query: expression, time: String(NOW) });
  const response = await fetch(`${url}/api/v1/query?${parameters}`);
  const { data, error } = (await response.json()) as {
    error?: string;
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  if (error !== undefined) throw new Error(`${expression}: ${error}`);
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

function nameOf({ labels }: Answer): string {
  const { client, client_service_namespace = "", server, server_service_namespace = "" } = labels;
  const ends = [
    ...(client === undefined ? [] : [`${client_service_namespace}/${client}`]),
    ...(server === undefined ? [] : [`${server_service_namespace}/${server}`]),
  ];
  return ends.join(" ");
}

test("dashboards on a week of known traffic", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-dashboards-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const samples = join(folder, "samples.txt");
  await writeHistory(samples, series);
  const url = await startPrometheus(t, [], { samples });

  /** Rows of a column of a panel, by their names; `digits`: rounded to. */
  async function column(uid: string, title: string, refId: string, selection: Selection = {}, digits = 0) {
    const panel = dashboards.find((one) => one.uid === `wirespan-${uid}`)?.panels.find((one) => one.title === title);
    const expression = panel?.targets.find((one) => one.refId === refId)?.expr;
    if (expression === undefined) throw new Error(`no ${refId} in ${title}`);
    const answers = await query(url, interpolated(expression, { range: "1h", ...selection }));
    const factor = 10 ** digits;
    return Object.fromEntries(
      answers
        .map((one) => [nameOf(one), Math.round(one.value * factor) / factor] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }

  await t.test("new edges: those of the last day without a past, with their connections and failures", async () => {
    const panel = ["service-graph", "New edges in the last 24 h"] as const;
    assert.deepEqual(await column(...panel, "A"), {
      "shop/cart /api.example.com": 4,
      "shop/cart shop/pricing": 7,
      "shop/checkout shop/inventory": 41,
      // Five before the restart, three after it: at least five.
      "shop/checkout shop/mail": 5,
    });
    assert.deepEqual(await column(...panel, "B"), {
      "shop/cart /api.example.com": 4,
      "shop/checkout shop/inventory": 41,
    });
    const firstSeen = await column(...panel, "C");
    for (const [name, ago] of [
      ["shop/cart shop/pricing", 3 * HOUR],
      ["shop/checkout shop/inventory", 40 * MINUTE],
    ] as const) {
      const late = (firstSeen[name] ?? Number.NaN) / 1000 - (NOW - ago);
      assert.ok(late >= 0 && late <= 5 * MINUTE, `${name}: ${late} s late`);
    }
  });

  await t.test("new edges of a namespace: either end is in it", async () => {
    const panel = ["service-graph", "New edges in the last 24 h", "A"] as const;
    assert.equal(Object.keys(await column(...panel, { namespace: "shop" })).length, 4);
    assert.deepEqual(await column(...panel, { namespace: "media" }), {});
  });

  await t.test("top failing edges of the last hour: one that began in it counts from its first failure", async () => {
    const panel = ["service-graph", "Top failing edges"] as const;
    // payments: 6 of 60. inventory: 41 since it began. batch: all 60. api.example.com failed before.
    assert.deepEqual(await column(...panel, "A"), {
      "shop/batch shop/payments": 60,
      "shop/checkout shop/inventory": 41,
      "shop/checkout shop/payments": 6,
    });
    assert.deepEqual(await column(...panel, "B", {}, 1), {
      "shop/batch shop/payments": 1,
      "shop/checkout shop/inventory": 1,
      "shop/checkout shop/payments": 0.1,
    });
    assert.equal((await column(...panel, "A", { range: "1d" }))["shop/cart /api.example.com"], 4);
    assert.deepEqual(await column(...panel, "A", { namespace: "media" }), {});
  });

  await t.test("edges, and the graph of a namespace: either end is in it, and a restart loses nothing", async () => {
    const perSecond = await column("service-graph", "Edges in the time range", "A", { namespace: "web" }, 4);
    assert.deepEqual(perSecond, { "/office web/edge": 0.0167, "web/edge shop/frontend": 0.0167 });
    const cart = await column("service-graph", "Edges in the time range", "A", { namespace: "shop" }, 4);
    // 59 an hour: none was counted in the minute of the restart.
    assert.equal(cart["shop/frontend shop/cart"], 0.0164);
    const graph = dashboards[dashboards.findIndex(({ uid }) => uid === "wirespan-service-graph")]?.panels[0];
    const selectors = graph?.targets[0]?.serviceMapQuery ?? [];
    // Grafana joins what it asks for each selector.
    const asked = selectors.map((one) =>
      graphQueries("1h", true).total.replace(`${TOTAL}[`, `${TOTAL}${interpolated(one, { namespace: "web|media" })}[`),
    );
    const drawn = await query(url, asked.join(" OR "));
    assert.deepEqual(drawn.map(nameOf).sort(), [
      "/office web/edge",
      "media/player media/payments",
      "web/edge shop/frontend",
    ]);
  });

  await t.test("the blast radius of payments: one hop, two hops, and what fails already", async () => {
    const shop: Selection = { target: "payments", targetNamespace: "shop" };
    const rows = (title: string, refId = "A", digits = 0) => column("blast-radius", title, refId, shop, digits);
    // 54 of checkout's 60 work; batch only fails; media's namesake is another workload.
    assert.deepEqual(await rows("First hop: direct callers"), { "/node": 60, "shop/checkout": 54 });
    assert.deepEqual(await rows("First hop: direct callers", "C"), { "/node": 0, "shop/checkout": 6 });
    // checkout: 60 to payments, 41 to inventory, none to mail in this hour.
    assert.deepEqual(await rows("First hop: direct callers", "B", 2), { "/node": 1, "shop/checkout": 0.59 });
    // Not cron, by way of a node; not scheduler, by way of batch; not payments itself; not edge, at three hops.
    assert.deepEqual(await rows("Second hop: callers of the direct callers"), { "shop/frontend shop/checkout": 60 });
    assert.deepEqual(await rows("Clients that only fail"), { "shop/batch": 60 });
    assert.deepEqual(await rows("What it needs directly"), { "shop/checkout": 60 });
    const stats = await Promise.all(["Direct callers", "Second hop", "Needs directly"].map((title) => rows(title)));
    assert.deepEqual(stats, [{ "": 2 }, { "": 1 }, { "": 1 }]);
  });

  await t.test(
    "the blast radius of a name in every namespace, of an external name, and of a name with one caller",
    async () => {
      const first = (selection: Selection) => column("blast-radius", "First hop: direct callers", "A", selection);
      assert.deepEqual(Object.keys(await first({ target: "payments" })), ["/node", "media/player", "shop/checkout"]);
      assert.deepEqual(await first({ target: "api.example.com", range: "6h" }), {});
      assert.deepEqual(
        await column("blast-radius", "Clients that only fail", "A", { target: "api.example.com", range: "6h" }),
        {
          "shop/cart": 4,
        },
      );
      assert.deepEqual(await first({ target: "frontend" }), { "web/edge": 60 });
      const second = await column("blast-radius", "Second hop: callers of the direct callers", "A", {
        target: "frontend",
      });
      assert.deepEqual(second, { "/office web/edge": 60 });
    },
  );

  await t.test("the roll-out: connections add up over agents, edges are shares", async () => {
    const value = async (title: string) => (await column("tracing-rollout", title, "A", {}, 3))[""];
    // Of an hour: 60 of 30 + 6 + 60 + 24 connections. Of 10 edges by node: 3 instrumented, 1 half.
    assert.equal(await value("Connections shown by real spans"), 0.5);
    assert.equal(await value("Edges shown by real spans"), 0.3);
    assert.equal(await value("Half done"), 0.1);
  });

  await t.test("variables offer every namespace of either end, and the namespaces of a name", async () => {
    const values = async (uid: string, name: string, selection: Selection = {}) => {
      const variables = dashboards.find((one) => one.uid === `wirespan-${uid}`)?.templating.list;
      const { expression, label } = variableQuery(variables?.find((one) => one.name === name)?.definition ?? "");
      const answers = await query(url, interpolated(expression, selection));
      return answers.flatMap(({ labels }) => labels[label] ?? []).sort();
    };
    assert.deepEqual(await values("service-graph", "namespace"), ["media", "shop", "web"]);
    assert.deepEqual(await values("blast-radius", "target_namespace", { target: "payments" }), ["media", "shop"]);
    assert.ok((await values("blast-radius", "target")).includes("api.example.com"));
  });
});
