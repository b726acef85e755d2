import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CAPTURED_NODE, type GenerateOptions, generate } from "../../scripts/bench/generate.ts";

const directory = mkdtempSync(join(tmpdir(), "wirespan-generate-"));
after(() => rmSync(directory, { recursive: true }));

const PACKETS = 60_000;

function made(name: string, options: Partial<GenerateOptions> = {}) {
  const folder = join(directory, name);
  const defaults = { packets: PACKETS, seed: 1, shift: 0, network: "ptp", link: "linux-sll" } as const;
  const totals = generate({ ...defaults, ...options, directory: folder });
  return { totals, capture: join(folder, "capture.pcap"), cluster: join(folder, "cluster.json") };
}

/** The number of frames that match, by libpcap. */
function count(capture: string, filter: string): number {
  const said = execFileSync("tcpdump", ["--count", "-r", capture, filter], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return Number(/^(\d+) packets?/m.exec(said)?.[1]);
}

function assertShare(actual: number, share: number, tolerance: number): void {
  assert.ok(Math.abs(actual / PACKETS - share) < tolerance, `${actual} of ${PACKETS} is not ${share}`);
}

for (const network of ["ptp", "bridge", "flat"] as const) {
  test(`a quarter are queries, a quarter are answers, half are TCP, a tenth is IPv6, with the pod network ${network}`, () => {
    const { capture } = made(network, { network });
    assert.equal(count(capture, ""), PACKETS);
    assertShare(count(capture, "udp dst port 53"), 0.25, 0.01);
    assertShare(count(capture, "udp src port 53"), 0.25, 0.01);
    assertShare(count(capture, "tcp"), 0.5, 0.01);
    assertShare(count(capture, "ip6"), 0.1, 0.03);
  });
}

test("TCP segments are SYN, SYN-ACK, FIN and RST only", () => {
  const { capture } = made("flags");
  const flags = ["tcp[13] = 2", "tcp[13] = 18", "tcp[13] = 17", "tcp[13] = 20"].map((filter) => count(capture, filter));
  assert.equal(
    flags.reduce((sum, frames) => sum + frames),
    count(capture, "ip and tcp"),
  );
  for (const frames of flags) assert.ok(frames > 0);
});

test("answers include NXDOMAIN, NODATA and CNAME chains", () => {
  const { capture } = made("answers");
  for (const filter of ["udp[11] & 15 = 3", "udp[11] & 15 = 0 and udp[14:2] = 0", "udp[14:2] = 3"]) {
    assert.ok(count(capture, `udp src port 53 and ${filter}`) > 100, filter);
  }
});

test("a long capture has 2,000 edges", () => {
  assert.equal(made("edges", { packets: 200_000 }).totals.edges, 2000);
});

test("a seed always generates the same bytes, and another seed different ones", () => {
  const [first, again, other] = [made("a"), made("b"), made("c", { seed: 2 })].map(({ capture }) =>
    readFileSync(capture),
  );
  assert.ok(first !== undefined && again !== undefined && other !== undefined);
  assert.ok(first.equals(again));
  assert.ok(!first.equals(other));
});

test("a shifted capture is later and has no pod address in common", () => {
  const addresses = (cluster: string) => {
    const { items } = JSON.parse(readFileSync(cluster, "utf8")) as {
      items: { kind: string; metadata: { namespace?: string }; status: { podIP: string } }[];
    };
    const pods = items.filter(({ kind, metadata }) => kind === "Pod" && metadata.namespace !== "kube-system");
    return new Set(pods.map(({ status }) => status.podIP));
  };
  const [plain, shifted] = [made("s0"), made("s1", { shift: 1 })];
  const repeated = [...addresses(shifted.cluster)].filter((address) => addresses(plain.cluster).has(address));
  assert.deepEqual(repeated, []);
  const seconds = (capture: string, record: number) => readFileSync(capture).readUInt32LE(24 + record);
  assert.ok(seconds(shifted.capture, 0) > seconds(plain.capture, 0) + 100);
});

test("with a search for each connection, two thirds and more are DNS, and every connection follows a lookup", () => {
  const { capture, totals } = made("search-each", { network: "flat", searchEach: true });
  assertShare(count(capture, "udp port 53"), 0.72, 0.06);
  const { established, refused, timedOut } = totals.connections;
  assert.ok(Math.abs(totals.lookups - established - refused - timedOut) < 20, JSON.stringify(totals));
});

test("all copies of a SYN have one timestamp, so that a replay joins them to one connection", () => {
  const { capture, cluster, totals } = made("copies");
  const args = ["replay", capture, "--cluster", cluster, "--node", CAPTURED_NODE, "--format", "json"];
  const graph = JSON.parse(
    execFileSync("dist/bin/wirespan", args, { encoding: "utf8", maxBuffer: 64e6, stdio: ["ignore", "pipe", "ignore"] }),
  ) as {
    edges: { outcomes: Record<string, number> }[];
  };
  const established = graph.edges.reduce((sum, { outcomes }) => sum + (outcomes.established ?? 0), 0);
  assert.equal(established, totals.connections.established);
});
