import { ADDRESS_WORDS } from "../model/address.ts";
import type { Connection } from "../model/connection.ts";
import { MAX_ANSWER_ADDRESSES } from "../model/dns-message.ts";
import { FactStreamError } from "../model/errors.ts";
import type { Lookup } from "../model/lookup.ts";
import { Direction } from "../model/packet.ts";
import { PORTS_AT } from "../model/tuple.ts";
import { AddressCache } from "./address-cache.ts";
import { PathCache, pathHash } from "./path-cache.ts";
import {
  CONNECTION_OUTCOMES,
  ConnectionLayout,
  HEADER_BYTES,
  LookupLayout,
  LookupPresence,
  MAX_RECORD_BYTES,
  MAX_TEXTS,
  RecordType,
} from "./record-layout.ts";
import { otherAnswer, timeOf } from "./record-values.ts";
import { SpareFacts } from "./spare-facts.ts";
import { TextTable } from "./text-table.ts";

export interface FactHandlers {
  /** Where the handlers put facts that they do not need any more; by default, they may keep every fact. */
  readonly spare?: SpareFacts | undefined;
  connection(connection: Connection): void;
  lookup(lookup: Lookup): void;
  /** Packet time in microseconds; all facts up to it have been read. */
  time(micros: number): void;
  /** The sensor's counters: parsed JSON, which the handler validates. Throws `FactStreamError`. */
  counters(counters: unknown): void;
  /** The first record of a stream from another program, with the version of the stream. */
  hello?(hello: unknown, streamVersion: number): void;
}

const DECODER = new TextDecoder();
const NONE: readonly string[] = [];
const ADDRESS_BYTES = ADDRESS_WORDS * Int32Array.BYTES_PER_ELEMENT;

/**
 * Reads the fact stream in the main process: takes chunks of any size, and calls a handler for every whole record.
 * Throws `FactStreamError` for an invalid record; the sensor must then be restarted. Packets may have compromised the sensor:
 * any bytes lead to valid facts or to this error.
 */
export class FactReader {
  readonly #handlers: FactHandlers;
  readonly #buffer = new ArrayBuffer(2 * MAX_RECORD_BYTES);
  readonly #bytes = new Uint8Array(this.#buffer);
  readonly #words = new Int32Array(this.#buffer);
  readonly #doubles = new Float64Array(this.#buffer);
  #used = 0;
  readonly #texts = new TextTable();
  readonly #addresses = new AddressCache();
  readonly #paths = new PathCache();
  readonly #spare: SpareFacts;

  constructor(handlers: FactHandlers) {
    this.#handlers = handlers;
    this.#spare = handlers.spare ?? new SpareFacts();
  }

  read(chunk: Uint8Array): void {
    let taken = 0;
    while (taken < chunk.length) {
      const room = Math.min(this.#bytes.length - this.#used, chunk.length - taken);
      this.#bytes.set(chunk.subarray(taken, taken + room), this.#used);
      this.#used += room;
      taken += room;
      this.#readRecords();
    }
  }

  #readRecords(): void {
    let at = 0;
    while (this.#used - at >= HEADER_BYTES) {
      const length = this.#words[at / 4 + 1] as number;
      if (length < 2 * HEADER_BYTES || length > MAX_RECORD_BYTES || length % 8 !== 0) {
        throw new FactStreamError(`a record of ${length} bytes in the sensor's stream`);
      }
      if (this.#used - at < length) break;
      this.#readRecord(at / 4, length);
      at += length;
    }
    if (at === 0) return;
    this.#bytes.copyWithin(0, at, this.#used);
    this.#used -= at;
  }

  #readRecord(at: number, length: number): void {
    switch (this.#words[at]) {
      case RecordType.connection:
        this.#expect(length === ConnectionLayout.bytes, "connection", length);
        this.#handlers.connection(this.#connection(at));
        return;
      case RecordType.lookup:
        this.#expect(isLookupLength(length), "lookup", length);
        this.#handlers.lookup(this.#lookup(at, length));
        return;
      case RecordType.text: {
        const id = this.#words[at + 2] as number;
        this.#expect(id >= 0 && id < MAX_TEXTS, "text", length);
        this.#texts.put(id, this.#textBytes(at, length));
        return;
      }
      case RecordType.time:
        this.#handlers.time(timeOf(this.#doubles[(at >> 1) + 1] as number));
        return;
      case RecordType.counters:
        this.#handlers.counters(this.#json(at, length));
        return;
      case RecordType.hello:
        this.#handlers.hello?.(this.#json(at, length), this.#words[at + 2] as number);
        return;
      default:
        throw new FactStreamError(`a record of unknown type ${this.#words[at]} in the sensor's stream`);
    }
  }

  /** Long on purpose, as the next one: V8 inlines short functions into every caller. */
  #connection(at: number): Connection {
    const words = this.#words;
    const doubles = this.#doubles;
    const addresses = this.#addresses;
    const outcome = CONNECTION_OUTCOMES[words[at + ConnectionLayout.outcomeAt] as number];
    if (outcome === undefined) throw new FactStreamError("a connection of unknown outcome in the sensor's stream");
    const startMicros = timeOf(doubles[(at >> 1) + ConnectionLayout.startDouble] as number);
    const endMicros = timeOf(doubles[(at >> 1) + ConnectionLayout.endDouble] as number);
    const direction = words[at + ConnectionLayout.directionAt] as Direction;
    const retries = words[at + ConnectionLayout.retriesAt] as number;
    if (retries < 0 || direction >>> 0 > Direction.outgoing) {
      throw new FactStreamError("a connection with an impossible direction or count in the sensor's stream");
    }
    const before = at + ConnectionLayout.preNatAt;
    const after = at + ConnectionLayout.postNatAt;
    const portsBefore = words[before + PORTS_AT] as number;
    const portsAfter = words[after + PORTS_AT] as number;
    const connection = this.#spare.takeConnection();
    const { preNat } = connection;
    const client = addresses.text(words, before);
    const dialled = addresses.server(words, before + ADDRESS_WORDS, portsBefore & 0xffff);
    let served = dialled;
    preNat.source = { address: client, port: portsBefore >>> 16 };
    preNat.destination = dialled;
    connection.postNat = preNat;
    if (portsBefore !== portsAfter || !hasSameWords(words, before, after, PORTS_AT)) {
      const isSameSource =
        portsBefore >>> 16 === portsAfter >>> 16 && hasSameWords(words, before, after, ADDRESS_WORDS);
      served = addresses.server(words, after + ADDRESS_WORDS, portsAfter & 0xffff);
      connection.postNat = {
        source: isSameSource ? preNat.source : { address: addresses.text(words, after), port: portsAfter >>> 16 },
        destination: served,
      };
    }
    const other = words[at + ConnectionLayout.otherAnswerAt] as number;
    connection.otherAnswer = other === 0 ? null : otherAnswer(other, served, startMicros);
    if (other !== 0) {
      served = dialled;
      connection.postNat = preNat;
    }
    connection.path = this.#paths.at(client, dialled, served, pathHash(words, before, after));
    connection.startMicros = startMicros;
    // Packets may be out of order.
    connection.endMicros = endMicros < startMicros ? startMicros : endMicros;
    connection.outcome = outcome;
    connection.senderLink = words[at + ConnectionLayout.senderLinkAt] as number;
    connection.firstDirection = direction;
    connection.retries = retries;
    return connection;
  }

  #lookup(at: number, length: number): Lookup {
    const words = this.#words;
    const doubles = this.#doubles;
    const addresses = this.#addresses;
    const queryMicros = timeOf(doubles[(at >> 1) + LookupLayout.queryDouble] as number);
    const answerMicros = doubles[(at >> 1) + LookupLayout.answerDouble] as number;
    const name = this.#texts.name(words[at + LookupLayout.nameAt] as number);
    const rcode = words[at + LookupLayout.rcodeAt] as number;
    const ports = words[at + LookupLayout.portsAt] as number;
    const presence = words[at + LookupLayout.presenceAt] as number;
    const hasResolver = (presence & LookupPresence.resolver) !== 0;
    const hasResponder = (presence & LookupPresence.responder) !== 0;
    const hasEnclosing = (presence & LookupPresence.enclosing) !== 0;
    const chain = words[at + LookupLayout.chainAt] as number;
    const lookup = this.#spare.takeLookup();
    lookup.queryMicros = queryMicros;
    lookup.answerMicros = Number.isNaN(answerMicros) ? null : timeOf(answerMicros);
    lookup.client.address = addresses.text(words, at + LookupLayout.clientAt);
    lookup.client.port = ports >>> 16;
    lookup.resolver = hasResolver ? addresses.server(words, at + LookupLayout.resolverAt, ports & 0xffff) : null;
    lookup.responder = hasResponder ? addresses.server(words, at + LookupLayout.responderAt, presence >>> 16) : null;
    lookup.isAsked = (presence & LookupPresence.asked) !== 0;
    lookup.isTruncated = (presence & LookupPresence.truncated) !== 0;
    lookup.isMisnamed = (presence & LookupPresence.misnamed) !== 0;
    lookup.isOverTcp = (presence & LookupPresence.overTcp) !== 0;
    lookup.mayBeOwn = (presence & LookupPresence.mayBeOwn) !== 0;
    lookup.isUnproven = (presence & LookupPresence.unproven) !== 0;
    lookup.enclosingServer = hasEnclosing ? addresses.text(words, at + LookupLayout.enclosingAt) : null;
    lookup.senderLink = words[at + LookupLayout.senderLinkAt] as number;
    lookup.name = name;
    lookup.type = words[at + LookupLayout.typeAt] as number;
    lookup.rcode = rcode < 0 ? null : rcode;
    lookup.chain = chain < 0 ? NONE : this.#texts.chain(chain);
    lookup.addresses = length === LookupLayout.bytes ? NONE : this.#answerAddresses(at, length);
    return lookup;
  }

  #answerAddresses(at: number, length: number): string[] {
    const count = (length - LookupLayout.bytes) / ADDRESS_BYTES;
    const addresses = new Array<string>(count);
    for (let i = 0; i < count; i++) {
      addresses[i] = this.#addresses.text(this.#words, at + LookupLayout.addressesAt + i * ADDRESS_WORDS);
    }
    return addresses;
  }

  #textBytes(at: number, length: number): Uint8Array {
    const byteLength = this.#words[at + 3] as number;
    this.#expect(byteLength >= 0 && byteLength <= length - 2 * HEADER_BYTES, "text", length);
    return this.#bytes.subarray((at + 4) * 4, (at + 4) * 4 + byteLength);
  }

  #json(at: number, length: number): unknown {
    const bytes = this.#textBytes(at, length);
    try {
      return JSON.parse(DECODER.decode(bytes));
    } catch (error) {
      throw new FactStreamError("counters that are not JSON in the sensor's stream", { cause: error });
    }
  }

  #expect(condition: boolean, record: string, length: number): void {
    if (!condition) throw new FactStreamError(`a ${record} record of ${length} bytes in the sensor's stream`);
  }
}

function isLookupLength(length: number): boolean {
  const bytes = length - LookupLayout.bytes;
  return bytes >= 0 && bytes <= MAX_ANSWER_ADDRESSES * ADDRESS_BYTES && bytes % ADDRESS_BYTES === 0;
}

function hasSameWords(words: Int32Array, a: number, b: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (words[a + i] !== words[b + i]) return false;
  return true;
}
