import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { graphFile, graphFileChunks } from "../../../src/graph/file/graph-file.ts";
import { readGraphFile } from "../../../src/graph/file/read-graph-file.ts";
import { mergeGraphs } from "../../../src/graph/merge.ts";
import { ConfigError } from "../../../src/model/errors.ts";
import type { ServiceGraph } from "../../../src/model/service-graph.ts";
import { makeInteraction, shopGraph } from "../../render/support/shop-graph.ts";
import { anyGraph, graphOf } from "../support/any-graph.ts";

const anyMerged = fc.array(anyGraph, { minLength: 1, maxLength: 3 }).map(mergeGraphs);

function read(content: string | Uint8Array, chunkBytes = 1 << 16): Promise<ServiceGraph> {
  const bytes = Buffer.from(content);
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, i) =>
    bytes.subarray(i * chunkBytes, (i + 1) * chunkBytes),
  );
  return readGraphFile(chunks, "graph.json");
}

/** One edge, seen by one agent. */
const small = (): ServiceGraph =>
  graphOf([
    makeInteraction({
      client: { type: "external", name: "a" },
      server: { type: "external", name: "b" },
      timeMicros: 1_795_422_438_831_467,
      reporter: "node-a",
    }),
  ]);

describe("a graph file", () => {
  it("is read as the graph that was written, with chunks of any size", async () => {
    await fc.assert(
      fc.asyncProperty(anyMerged, fc.integer({ min: 1, max: 500 }), async (graph, chunkBytes) => {
        assert.deepEqual(await read(graphFile(graph), chunkBytes), graph);
      }),
    );
  });

  it("is written as the bytes that were read", async () => {
    await fc.assert(
      fc.asyncProperty(anyMerged, async (graph) => {
        const text = graphFile(graph);
        assert.equal(graphFile(await read(text)), text);
      }),
    );
  });

  it("has one observation, node and edge a line, in chunks of some size", () => {
    const graph = shopGraph(400);
    const chunks = [...graphFileChunks(graph)];
    assert.ok(chunks.length > 3);
    assert.ok(chunks.every((chunk) => chunk.length < 100_000));
    const lines = chunks.join("").split("\n");
    const counted = lines.filter((line) => line.startsWith("{")).length;
    assert.equal(counted, 1 + graph.observed.length + graph.nodes.length + graph.edges.length);
  });

  it("has readable sums, and all parts if there are several", () => {
    const [head, , observation, , , , , , , edge, ...end] = graphFile(small()).split("\n");
    assert.equal(head, '{"wirespan":"graph","version":1,"cluster":null,"incomplete":[],');
    assert.equal(
      observation,
      '{"instance":"node-a-0","node":"node-a","from":1795000000,"to":1795001000,"lossRatio":0.8571428571428571}',
    );
    assert.equal(
      edge,
      '{"client":"external//a","server":"external//b","outcomes":{"established":1,"resolved":0,"refused":0,"timed_out":0,"unreachable":0,"host_not_found":0,"try_again":0},"dialledPorts":[80],"servedPorts":[8080],"names":[],"flows":[{"dialledPort":80,"servedPort":8080,"service":null,"name":null,"count":1,"failed":0,"firstSeen":1795422438.831467,"lastSeen":1795422438.831467}],"flowsOmitted":0,"addresses":["10.42.2.23"],"addressesOmitted":0,"clientRules":[],"serverRules":[],"firstSeen":1795422438.831467,"lastSeen":1795422438.831467,"evidence":["handshake"],"handshakeMs":{"p50":0.412,"p90":0.412,"p99":0.412},"bothInstrumented":0,"instance":"node-a-0","latency":{"min":412,"max":412,"buckets":[243,1]}}',
    );
    assert.deepEqual(end, ["],", '"checksum":"crc32 3c13119c"}', ""]);
    const merged = JSON.parse(graphFile(mergeGraphs([small(), { ...small(), ...renamed(small(), "other") }])));
    assert.deepEqual(
      merged.edges[0].parts.map(({ instance, outcomes }: Record<string, unknown>) => [instance, outcomes]),
      [
        ["node-a-0", { established: 1 }],
        ["other", { established: 1 }],
      ],
    );
    assert.equal(merged.edges[0].outcomes.established, 2);
  });

  it("keeps every microsecond from 1970 to 2106", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 32 * 1e6 }), async (micros) => {
        const [observation] = small().observed;
        assert.ok(observation !== undefined);
        const graph = { ...small(), observed: [{ ...observation, fromMicros: micros, toMicros: micros }] };
        assert.deepEqual((await read(graphFile(graph))).observed, graph.observed);
      }),
    );
  });

  it("may have Windows line breaks, a byte order mark, and no checksum", async () => {
    const graph = mergeGraphs([small(), shopGraph(20)]);
    const text = graphFile(graph);
    for (const same of [
      `\ufeff${text}`,
      text.replaceAll("\n", "\r\n"),
      text.replace(/\],\n"checksum".*\n$/, "]}\n"),
      text.trimEnd(),
      `${text}\n \n`,
    ]) {
      assert.deepEqual(await read(same), graph);
    }
  });

  it("may have fields that are not known yet", async () => {
    const text = graphFile(small()).replace(/\],\n"checksum".*\n$/, "]}\n");
    assert.deepEqual(await read(text.replaceAll('{"', '{"later":[{}],"').replace('"later":[{}],', "")), small());
  });

  it("gives one sentence or the same graph, wherever it is cut", async () => {
    const text = Buffer.from(graphFile(mergeGraphs([small(), renamed(small(), "other")])));
    for (let length = 0; length <= text.length; length++) await sentenceOrSame(text.subarray(0, length));
  });

  it("gives one sentence or the same graph, whichever byte changes", async () => {
    const original = mergeGraphs([small(), renamed(small(), "other")]);
    const text = Buffer.from(graphFile(original));
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.nat(255), async (at, byte) => {
        const changed = Buffer.from(text);
        changed[at] = byte;
        await sentenceOrSame(changed);
      }),
      { numRuns: 3_000 },
    );
  });

  it("gives one sentence, whatever a field holds", async () => {
    const lines = graphFile(mergeGraphs([small(), renamed(small(), "other")])).split("\n");
    const odd = [null, 0, -1, 1.5, 1e300, "", "x", [], {}, [null], [{}], { a: null }, true];
    for (const [index, line] of lines.entries()) {
      const paths = line.startsWith('{"wirespan"') || !line.startsWith("{") ? [] : pathsOf(line);
      for (const path of paths) {
        for (const value of odd) {
          const changed = [...lines];
          changed[index] = replaced(line, path, value);
          const text = changed.join("\n").replace(/\],\n"checksum".*\n$/, "]}\n");
          await read(text).catch(assertSentence);
        }
      }
    }
  });
});

describe("a file that is not a whole graph of this version", () => {
  const whole = graphFile(small());
  const changed = (from: string | RegExp, to: string): string => whole.replace(from, to);
  const cases: readonly [content: string | Uint8Array, sentence: string | RegExp][] = [
    ["", "is empty; write a graph with wirespan snapshot"],
    [" \n\n", "is empty; write a graph with wirespan snapshot"],
    [gzipSync(whole), "is compressed with gzip; undo it with gzip -dk graph.json"],
    [Buffer.from(whole, "utf16le"), /^is encoded in UTF-16; convert it to UTF-8, or write the graph with -o FILE$/],
    [Buffer.from("d4c3b2a102000400", "hex"), /^is a capture; make a graph of it with wirespan snapshot$/],
    ["apiVersion: v1\n", 'is not a graph file, it begins with "apiVersion: v1"; write a graph with wirespan snapshot'],
    ['{"items":[]}', 'is not a graph file, it begins with "{\\"items\\":[]}"; write a graph with wirespan snapshot'],
    [
      '{"wirespan":"interactions","version":1}\n',
      "holds interactions, not a graph; write a graph with wirespan snapshot",
    ],
    [
      changed('"version":1', '"version":12'),
      "is a graph of version 12, and this wirespan reads version 1; use the wirespan that wrote it, or a newer one",
    ],
    [
      JSON.stringify(JSON.parse(whole), null, 2),
      "was laid out again by another program; a graph file has one node or edge a line, so write it again",
    ],
    [JSON.stringify(JSON.parse(whole)), /^was laid out again by another program; a graph file has one node/],
    [
      changed('"cluster":null', '"cluster":nul'),
      /^is damaged in line 1: it is not JSON; copy or write the file again$/,
    ],
    [whole.slice(0, 700), /^is damaged in line 10: it is not JSON; copy/],
    [whole.split("\n").slice(0, 5).join("\n"), "ends after line 5, before its end; copy or write the file again"],
    [
      changed('"count":1', '"count":2'),
      /^is damaged or was changed: its checksum differs; copy or write the file again, or end it/,
    ],
    [changed('"count":1', '"count":-1'), /^is damaged in line 10: count is not a whole number from 0 to \d+; copy/],
    [changed('"client":"external//a"', '"client":"external//c"'), /line 10: client or server is none of the nodes;/],
    [changed('"instance":"node-a-0","latency"', '"instance":"other","latency"'), /line 10: instance is not observed;/],
    [changed('"name":"a"', '"name":"c"'), /line 6: id does not match type, namespace and name;/],
    [changed("node-a", "\u0000node-b"), /line 3: it is not JSON;/],
    [Buffer.from(whole).fill(0xff, 100, 101), /line 3: it is not UTF-8;/],
    [`${whole}{}\n`, /line 13: it follows the end of the graph;/],
    [changed('"nodes":[', '"edges":['), /line 5: "nodes":\[ is expected;/],
  ];
  for (const [content, sentence] of cases) {
    it(`is refused: ${sentence}`, async () => {
      const message = typeof sentence === "string" ? `graph.json ${sentence}` : undefined;
      const error = await read(content).then(
        () => assert.fail("it was read"),
        (reason: Error) => reason,
      );
      assert.equal(error.name, ConfigError.name, error.stack);
      if (message !== undefined) assert.equal(error.message, message);
      else assert.match(error.message.replace(/^graph\.json /, ""), sentence as RegExp);
    });
  }

  it("is refused if a line has no end, without keeping all of it", async () => {
    const block = Buffer.alloc(1 << 20, "x");
    let blocks = 0;
    function* endless() {
      yield Buffer.from('{"wirespan":"graph","version":1,"cluster":"');
      for (; blocks < 1_000; blocks++) yield block;
    }
    await assert.rejects(readGraphFile(endless(), "graph.json"), /line 1: it is longer than 128 MiB; copy/);
    assert.ok(blocks < 130);
  });
});

function renamed(graph: ServiceGraph, instance: string): ServiceGraph {
  return {
    ...graph,
    observed: graph.observed.map((each) => ({ ...each, instance })),
    edges: graph.edges.map((edge) => ({ ...edge, parts: edge.parts.map((part) => ({ ...part, instance })) })),
  };
}

async function sentenceOrSame(bytes: Uint8Array): Promise<void> {
  const original = mergeGraphs([small(), renamed(small(), "other")]);
  const graph = await read(bytes).catch((error: Error) => void assertSentence(error));
  if (graph !== undefined) assert.deepEqual(graph, original);
}

function assertSentence(error: Error): void {
  assert.equal(error.name, ConfigError.name, error.stack);
  assert.match(error.message, /^graph\.json [^\n]+; [^\n]+$/);
}

type Path = readonly (string | number)[];

function pathsOf(line: string): Path[] {
  const found: Path[] = [];
  const visit = (value: unknown, path: Path): void => {
    if (path.length > 0) found.push(path);
    if (typeof value !== "object" || value === null) return;
    for (const [key, each] of Object.entries(value)) visit(each, [...path, key]);
  };
  visit(JSON.parse(line.replace(/,$/, "")), []);
  return found;
}

function replaced(line: string, path: Path, value: unknown): string {
  const root = JSON.parse(line.replace(/,$/, ""));
  let parent = root;
  for (const key of path.slice(0, -1)) parent = parent[key];
  parent[path.at(-1) ?? ""] = value;
  return JSON.stringify(root) + (line.endsWith(",") ? "," : "");
}
