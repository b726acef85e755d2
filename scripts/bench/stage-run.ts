// EDGE: process. Stages of a replay alone, several passes over one capture in one process: what the first pass costs more
// than later ones is the compiler's. Prints the CPU seconds of each pass as JSON.
import { OwnTraffic } from "../../src/agent/own-traffic.ts";
import { openCaptureFile } from "../../src/capture/capture-file.ts";
import { emptyPacket } from "../../src/capture/packet-source.ts";
import { ClusterFiles } from "../../src/cluster-source/cluster-files.ts";
import { Decoder } from "../../src/decode/decoder.ts";
import { FactReader } from "../../src/facts/fact-reader.ts";
import { EdgeStore } from "../../src/graph/store/edge-store.ts";
import type { Interaction } from "../../src/model/interaction.ts";
import type { Packet } from "../../src/model/packet.ts";
import { type NodeOptions, NodePipeline, Pipeline } from "../../src/pipeline.ts";
import type { SpanRoles } from "../../src/report/instrumented-workloads.ts";
import { RolloutProgress } from "../../src/report/rollout-progress.ts";
import { Sensor } from "../../src/sensor/sensor.ts";

/**
 * Each stage with all before it, but those of the main process begin at recorded facts. `agent`: `edges`, with what an agent
 * alone does for each connection.
 */
type Stage = "read" | "decode" | "sensor" | "facts" | "resolve" | "edges" | "agent";

/** Between two passes in packet time, so that nothing of one is remembered in the next. */
const PASS_MICROS = 1e9;
const dnsPorts = [53];
/** The agent's own peers, which no packet of the capture has. */
const TARGETS = { collector: "192.0.2.1:4317", apiServer: "192.0.2.2:443" };
const SETTINGS = { agents: null, dnsPorts, externalCidrs: [], clusterDomain: "cluster.local" };
const ignore = () => {};

function readAll(path: string, pass: number, handle: (packet: Packet) => void): void {
  const source = openCaptureFile(path);
  const packet = emptyPacket();
  while (source.next(packet)) {
    packet.timeMicros += pass * PASS_MICROS;
    handle(packet);
  }
  source.close();
}

function recordFacts(path: string): Uint8Array[] {
  const batches: Uint8Array[] = [];
  const sensor = new Sensor({ dnsPorts }, (batch) => batches.push(batch.slice()));
  readAll(path, 0, (packet) => sensor.packet(packet));
  sensor.finish();
  return batches;
}

/** One pass of the stage, to be called with its number. */
function passOf(stage: Stage, capture: string, cluster: string, node: string): (pass: number) => void | Promise<void> {
  switch (stage) {
    case "read":
      return (pass) => readAll(capture, pass, ignore);
    case "decode": {
      const decoder = new Decoder({ dnsPorts }, { segment: ignore, message: ignore, unreachable: ignore });
      return (pass) => readAll(capture, pass, (packet) => decoder.decode(packet));
    }
    case "sensor": {
      const sensor = new Sensor({ dnsPorts }, ignore);
      return (pass) => readAll(capture, pass, (packet) => sensor.packet(packet));
    }
    default: {
      const batches = recordFacts(capture);
      const known = new ClusterFiles({ cluster: [cluster] }, []);
      return async () => {
        const feed = known.feed();
        const ownTraffic = stage === "agent" ? await OwnTraffic.start(TARGETS, feed.index, node) : null;
        const pipeline = stage === "facts" ? null : newPipeline(stage, { ...SETTINGS, feed, node, ownTraffic });
        const unused = { connection: ignore, lookup: ignore, time: ignore, counters: ignore };
        const reader = new FactReader(pipeline ?? unused);
        for (const batch of batches) reader.read(batch);
        pipeline?.finish();
        ownTraffic?.stop();
      };
    }
  }
}

function newPipeline(stage: Stage, options: NodeOptions): NodePipeline {
  if (stage === "resolve") return new NodePipeline(options, { add: ignore, resolver: ignore, advance: ignore });
  const store = new EdgeStore();
  const rules = { keepsInstrumented: false, maxPairsPerEdge: null, aggregates: false };
  const interaction = (one: Interaction, isBothInstrumented: boolean) => store.add(one, isBothInstrumented);
  const sinks = { interaction, pair: ignore };
  if (stage === "edges") return new Pipeline(rules, sinks).node(options);
  const rollout = new RolloutProgress();
  const roles = (one: Interaction, ofEnds: SpanRoles) => rollout.add(one, ofEnds);
  return new Pipeline(rules, { ...sinks, roles }).node(options);
}

const [stage = "read", capture = "", cluster = "", node = "", passes = "3"] = process.argv.slice(2);
const run = passOf(stage as Stage, capture, cluster, node);
const seconds: number[] = [];
for (let pass = 0; pass < Number(passes); pass++) {
  const before = process.cpuUsage();
  await run(pass);
  const { user, system } = process.cpuUsage(before);
  seconds.push((user + system) / 1e6);
}
console.log(JSON.stringify(seconds));
