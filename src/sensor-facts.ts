import type { FactSink } from "./correlate/correlator.ts";
import { ExchangeLayout, ExchangeMark, type ExchangeTable } from "./correlate/exchange-table.ts";
import { HandshakeLayout, type HandshakeTable } from "./correlate/handshake-table.ts";
import { PORTS_AT } from "./correlate/tuple.ts";
import type { FactWriter } from "./facts/fact-writer.ts";
import {
  CONNECTION_OUTCOMES,
  ConnectionLayout,
  LookupLayout,
  LookupPresence,
  MAX_ANSWER_ADDRESSES,
} from "./facts/record-layout.ts";
import { ADDRESS_WORDS } from "./model/address.ts";
import type { ConnectionOutcome } from "./model/connection.ts";

/** Texts are remembered by number, so none may be long: a name has at most 1,020 characters, escapes and all. */
const MAX_CHAIN_CHARACTERS = 2_048;

// As constants of this file the compiler knows them; an imported name it reads anew at each use.
const connectionLayout = ConnectionLayout;
const lookupLayout = LookupLayout;
const presence = LookupPresence;
const handshake = HandshakeLayout;
const exchange = ExchangeLayout;
const mark = ExchangeMark;
const portsAt = PORTS_AT;

/** Writes what correlate decides as records of the fact stream, word by word from table to batch. */
export class SensorFacts implements FactSink {
  readonly #writer: FactWriter;

  constructor(writer: FactWriter) {
    this.#writer = writer;
  }

  connection(table: HandshakeTable, record: number, outcome: ConnectionOutcome, endMicros: number): void {
    const at = this.#writer.beginConnection();
    const { words, doubles } = this.#writer;
    const from = table.words;
    const first = record + handshake.firstAt;
    const last = record + handshake.lastAt;
    doubles[(at >> 1) + connectionLayout.startDouble] = table.doubles[(record >> 1) + handshake.startDouble] ?? 0;
    doubles[(at >> 1) + connectionLayout.endDouble] = endMicros;
    words[at + connectionLayout.outcomeAt] = CONNECTION_OUTCOMES.indexOf(outcome);
    words[at + connectionLayout.directionAt] = from[record + handshake.directionAt] ?? 0;
    words[at + connectionLayout.retriesAt] = from[record + handshake.retriesAt] ?? 0;
    for (let i = 0; i < portsAt; i++) {
      words[at + connectionLayout.firstAt + i] = from[first + i] ?? 0;
      words[at + connectionLayout.lastAt + i] = from[last + i] ?? 0;
    }
    words[at + connectionLayout.portsAt] = from[first + portsAt] ?? 0;
    words[at + connectionLayout.portsAt + 1] = from[last + portsAt] ?? 0;
  }

  lookup(table: ExchangeTable, record: number, isAnswered: boolean): void {
    const question = table.question(record);
    const answer = table.answerOf(record);
    const name = this.#writer.text(question.key, question.hash);
    const chain = answer === null || answer.chain.length === 0 ? -1 : this.#writer.text(chainText(answer.chain));
    const addressCount = answer === null ? 0 : answer.addresses.length / ADDRESS_WORDS;
    const at = this.#writer.beginLookup(addressCount);
    const { words, doubles } = this.#writer;
    doubles[(at >> 1) + lookupLayout.queryDouble] = table.doubles[(record >> 1) + exchange.queryDouble] ?? 0;
    words[at + lookupLayout.typeAt] = question.type;
    words[at + lookupLayout.nameAt] = name;
    words[at + lookupLayout.chainAt] = chain;

    const from = table.words;
    const marks = from[record + exchange.marksAt] ?? 0;
    const query = record + exchange.firstQueryAt;
    const firstAnswer = record + exchange.firstAnswerAt;
    const lastAnswer = record + exchange.lastAnswerAt;
    let ports = 0;
    let present = 0;
    if ((marks & mark.hasQuery) !== 0) {
      ports = from[query + portsAt] ?? 0;
      present |= presence.resolver;
      copyAddress(from, query + ADDRESS_WORDS, words, at + lookupLayout.resolverAt);
    }
    if (isAnswered) {
      const responderPort = (from[firstAnswer + portsAt] ?? 0) >>> 16;
      const clientPort = from[lastAnswer + portsAt] ?? 0;
      ports = (clientPort << 16) | (ports & 0xffff);
      present |= presence.responder | (responderPort << 16);
      doubles[(at >> 1) + lookupLayout.answerDouble] = table.doubles[(record >> 1) + exchange.answerDouble] ?? 0;
      words[at + lookupLayout.rcodeAt] = from[record + exchange.rcodeAt] ?? 0;
      copyAddress(from, lastAnswer + ADDRESS_WORDS, words, at + lookupLayout.clientAt);
      copyAddress(from, firstAnswer, words, at + lookupLayout.responderAt);
    } else {
      doubles[(at >> 1) + lookupLayout.answerDouble] = Number.NaN;
      words[at + lookupLayout.rcodeAt] = -1;
      copyAddress(from, query, words, at + lookupLayout.clientAt);
    }
    if ((marks & mark.hasEnclosing) !== 0) {
      present |= presence.enclosing;
      copyAddress(from, record + exchange.enclosingAt, words, at + lookupLayout.enclosingAt);
    }
    words[at + lookupLayout.portsAt] = ports;
    words[at + lookupLayout.presenceAt] = present;
    if (answer !== null) {
      const kept = Math.min(addressCount, MAX_ANSWER_ADDRESSES) * ADDRESS_WORDS;
      for (let i = 0; i < kept; i++) words[at + lookupLayout.addressesAt + i] = answer.addresses[i] ?? 0;
    }
  }
}

function copyAddress(from: Int32Array, fromAt: number, to: Int32Array, toAt: number): void {
  to[toAt] = from[fromAt] ?? 0;
  to[toAt + 1] = from[fromAt + 1] ?? 0;
  to[toAt + 2] = from[fromAt + 2] ?? 0;
  to[toAt + 3] = from[fromAt + 3] ?? 0;
}

/** The chain as one text; of one that is too long, its beginning and its end. */
function chainText(chain: readonly string[]): string {
  const text = chain.join(" ");
  if (text.length <= MAX_CHAIN_CHARACTERS) return text;
  const last = chain.at(-1) ?? "";
  const kept: string[] = [];
  let length = last.length;
  for (const name of chain) {
    length += name.length + 1;
    if (length > MAX_CHAIN_CHARACTERS) break;
    kept.push(name);
  }
  return [...kept, last].join(" ");
}
