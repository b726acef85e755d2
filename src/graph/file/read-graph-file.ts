import { isUtf8 } from "node:buffer";
import { ConfigError } from "../../model/errors.ts";
import type { GraphEdge, GraphNode, Observation, ServiceGraph } from "../../model/service-graph.ts";
import { FORMAT_HEAD_BYTES } from "../../text/foreign-format.ts";
import { ownIncomplete, withIncomplete } from "../observations.ts";
import { compareText } from "../order.ts";
import { Damage, fieldsOf, textOf, textOrNull, textsOf } from "./fields.ts";
import { foreignGraphFault, LAID_OUT_AGAIN } from "./foreign-graph.ts";
import { addToChecksum, checksumText, GRAPH_HEAD, SECTIONS } from "./graph-file.ts";
import { LineSplitter } from "./line-splitter.ts";
import { readEdge } from "./read-edge.ts";
import { readNode, readObservation } from "./read-node.ts";
import { SharedValues } from "./shared-values.ts";

/** An edge has a part for each instance; the largest part has about 80 kB. */
const MAX_LINE_BYTES = 128 << 20;
const COPY_AGAIN = "copy or write the file again";
const BYTE_ORDER_MARK = Buffer.from("\ufeff");

/**
 * Reads a graph file from its bytes, line by line, so that only the graph itself is in memory. `path` is what messages
 * call it. Throws ConfigError if it is no graph file, of another version, damaged or truncated: one sentence with the line.
 */
export async function readGraphFile(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  path: string,
): Promise<ServiceGraph> {
  const reader = new GraphFileReader(path);
  for await (const chunk of chunks) reader.push(chunk);
  return reader.finish();
}

class GraphFileReader {
  readonly #path: string;
  readonly #splitter = new LineSplitter(MAX_LINE_BYTES);
  readonly #shared = new SharedValues();
  /** The beginning of the file until it is recognized as a graph file; then null. */
  #head: Uint8Array | null = new Uint8Array(0);
  #line = 0;
  #checksum = 0;
  /** Index of the section in SECTIONS that is read or comes next; SECTIONS.length after the last. */
  #section = 0;
  #isInSection = false;
  #hasEnded = false;
  #cluster: string | null = null;
  #incomplete: readonly string[] = [];
  readonly #observed: Observation[] = [];
  readonly #nodes: GraphNode[] = [];
  readonly #edges: GraphEdge[] = [];
  readonly #instances = new Set<string>();
  readonly #ids = new Set<string>();

  constructor(path: string) {
    this.#path = path;
  }

  push(chunk: Uint8Array): void {
    if (this.#head === null) this.#read(chunk);
    else if (this.#head.length + chunk.length < FORMAT_HEAD_BYTES) this.#head = Buffer.concat([this.#head, chunk]);
    else this.#recognize(Buffer.concat([this.#head, chunk]));
  }

  finish(): ServiceGraph {
    if (this.#head !== null) this.#recognize(this.#head);
    const rest = this.#splitter.end();
    if (rest !== null) this.#take(rest);
    if (!this.#hasEnded) throw this.#fault(`ends after line ${this.#line}, before its end; ${COPY_AGAIN}`);
    return {
      cluster: this.#cluster,
      ...withIncomplete(ownIncomplete({ incomplete: this.#incomplete, observed: this.#observed }), this.#observed),
      nodes: this.#nodes,
      edges: this.#edges,
    };
  }

  #recognize(head: Uint8Array): void {
    this.#head = null;
    const hasMark = BYTE_ORDER_MARK.equals(head.subarray(0, BYTE_ORDER_MARK.length));
    const bytes = hasMark ? head.subarray(BYTE_ORDER_MARK.length) : head;
    if (Buffer.from(bytes.subarray(0, GRAPH_HEAD.length)).toString("latin1") !== GRAPH_HEAD) {
      throw this.#fault(foreignGraphFault(head, this.#path));
    }
    this.#read(bytes);
  }

  #read(bytes: Uint8Array): void {
    for (const line of this.#splitter.push(bytes)) this.#take(line);
  }

  #take(line: Uint8Array | null): void {
    this.#line++;
    if (line === null) throw this.#damaged(`it is longer than ${MAX_LINE_BYTES >> 20} MiB`);
    if (!isUtf8(line)) throw this.#damaged("it is not UTF-8");
    const content = Buffer.from(line.buffer, line.byteOffset, line.length).toString();
    try {
      this.#takeLine(content);
    } catch (error) {
      if (error instanceof Damage) throw this.#damaged(error.message);
      if (error instanceof SyntaxError) throw this.#damaged("it is not JSON");
      throw error;
    }
    this.#checksum = addToChecksum(this.#checksum, line);
  }

  #takeLine(line: string): void {
    if (this.#hasEnded) {
      if (line.trim() !== "") throw new Damage("it follows the end of the graph");
    } else if (this.#line === 1) this.#takeHead(line);
    else if (this.#isInSection && !line.startsWith("]")) this.#takeItem(line);
    else if (this.#isInSection) this.#endSection(line);
    else if (this.#section < SECTIONS.length) this.#beginSection(line);
    else this.#takeChecksum(line);
  }

  #takeHead(line: string): void {
    if (line.includes(`"${SECTIONS[0]}":[`)) throw this.#fault(LAID_OUT_AGAIN);
    const fields = fieldsOf(JSON.parse(`${line.replace(/,$/, "")}}`), "it");
    if (!("cluster" in fields && "incomplete" in fields)) throw new Damage("cluster or incomplete is absent");
    this.#cluster = textOrNull(fields, "cluster", this.#shared.text);
    this.#incomplete = textsOf(fields, "incomplete", this.#shared.text);
  }

  #beginSection(line: string): void {
    const begin = `"${SECTIONS[this.#section]}":[`;
    if (!line.startsWith(begin)) throw new Damage(`${begin} is expected`);
    this.#isInSection = true;
    if (line !== begin) this.#endSection(line.slice(begin.length));
  }

  #endSection(line: string): void {
    const isLast = this.#section === SECTIONS.length - 1;
    if (line !== "]," && !(isLast && line === "]}")) throw new Damage("the end of a list is expected");
    this.#isInSection = false;
    this.#section++;
    if (line === "]}") this.#hasEnded = true;
  }

  #takeItem(line: string): void {
    const fields = fieldsOf(JSON.parse(line.endsWith(",") ? line.slice(0, -1) : line), "it");
    const section = SECTIONS[this.#section];
    if (section === "observed") this.#takeObservation(readObservation(fields, this.#shared.text));
    else if (section === "nodes") this.#takeNode(readNode(fields, this.#shared.text));
    else this.#takeEdge(readEdge(fields, this.#shared));
  }

  #takeObservation(observation: Observation): void {
    requireOrder(this.#observed.at(-1)?.instance, observation.instance);
    this.#instances.add(observation.instance);
    this.#observed.push(observation);
  }

  #takeNode(node: GraphNode): void {
    requireOrder(this.#nodes.at(-1)?.id, node.id);
    this.#ids.add(node.id);
    this.#nodes.push(node);
  }

  #takeEdge(edge: GraphEdge): void {
    const { client, server, parts } = edge;
    if (!this.#ids.has(client) || !this.#ids.has(server)) throw new Damage("client or server is none of the nodes");
    if (!parts.every(({ instance }) => this.#instances.has(instance))) throw new Damage("instance is not observed");
    const last = this.#edges.at(-1);
    if (last?.client === client) requireOrder(last.server, server);
    else requireOrder(last?.client, client);
    this.#edges.push(edge);
  }

  #takeChecksum(line: string): void {
    const checksum = textOf(fieldsOf(JSON.parse(`{${line}`), "it"), "checksum", (each) => each);
    if (checksum !== checksumText(this.#checksum)) {
      throw this.#fault(
        `is damaged or was changed: its checksum differs; ${COPY_AGAIN}, or end it with "]}" if it was changed on purpose`,
      );
    }
    this.#hasEnded = true;
  }

  #damaged(reason: string): ConfigError {
    return this.#fault(`is damaged in line ${this.#line}: ${reason}; ${COPY_AGAIN}`);
  }

  #fault(sentence: string): ConfigError {
    return new ConfigError(`${this.#path} ${sentence}`);
  }
}

function requireOrder(last: string | undefined, next: string): void {
  if (last !== undefined && compareText(last, next) >= 0) throw new Damage("it is not in order");
}
