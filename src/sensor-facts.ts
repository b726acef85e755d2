import type { FactSink } from "./correlate/correlator.ts";
import type { ExchangeTable } from "./correlate/exchange-table.ts";
import type { HandshakeTable } from "./correlate/handshake-table.ts";
import { TUPLE_WORDS } from "./correlate/tuple.ts";
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

const LEG_ADDRESS_WORDS = 2 * ADDRESS_WORDS;
const OUTCOME_NUMBERS = new Map<ConnectionOutcome, number>(CONNECTION_OUTCOMES.map((outcome, i) => [outcome, i]));

/** Writes what correlate decides as records of the fact stream, word by word from table to batch. */
export class SensorFacts implements FactSink {
  readonly #writer: FactWriter;

  constructor(writer: FactWriter) {
    this.#writer = writer;
  }

  connection(table: HandshakeTable, slot: number, outcome: ConnectionOutcome, endMicros: number): void {
    const at = this.#writer.beginConnection();
    const { words, doubles } = this.#writer;
    const tuple = slot * TUPLE_WORDS;
    doubles[at / 2 + ConnectionLayout.startDouble] = table.startMicros[slot] ?? 0;
    doubles[at / 2 + ConnectionLayout.endDouble] = endMicros;
    words[at + ConnectionLayout.outcomeAt] = OUTCOME_NUMBERS.get(outcome) ?? 0;
    words[at + ConnectionLayout.directionAt] = table.firstDirection[slot] ?? 0;
    words[at + ConnectionLayout.retriesAt] = table.retries[slot] ?? 0;
    copyWords(table.firstTuples, tuple, words, at + ConnectionLayout.firstAt, LEG_ADDRESS_WORDS);
    copyWords(table.lastTuples, tuple, words, at + ConnectionLayout.lastAt, LEG_ADDRESS_WORDS);
    words[at + ConnectionLayout.portsAt] = table.firstTuples[tuple + LEG_ADDRESS_WORDS] ?? 0;
    words[at + ConnectionLayout.portsAt + 1] = table.lastTuples[tuple + LEG_ADDRESS_WORDS] ?? 0;
  }

  lookup(table: ExchangeTable, slot: number, isAnswered: boolean): void {
    const question = table.questions[slot];
    if (question === undefined) return;
    const answer = table.answers[slot] ?? null;
    const name = this.#writer.text(question.key, question.hash);
    const chain = answer === null || answer.chain.length === 0 ? -1 : this.#writer.text(chainText(answer.chain));
    const addressWords = answer === null ? 0 : answer.addresses.length;
    const at = this.#writer.beginLookup(addressWords / ADDRESS_WORDS);
    const { words, doubles } = this.#writer;
    const tuple = slot * TUPLE_WORDS;
    const hasQuery = table.hasQuery[slot] === 1;
    const query = table.firstQueryTuples;
    const queryPorts = hasQuery ? (query[tuple + LEG_ADDRESS_WORDS] ?? 0) : 0;
    const lastAnswerPorts = table.lastAnswerTuples[tuple + LEG_ADDRESS_WORDS] ?? 0;
    const responderPort = isAnswered ? (table.firstAnswerTuples[tuple + LEG_ADDRESS_WORDS] ?? 0) >>> 16 : 0;
    const hasEnclosing = table.hasEnclosing[slot] === 1;

    doubles[at / 2 + LookupLayout.queryDouble] = table.queryMicros[slot] ?? 0;
    doubles[at / 2 + LookupLayout.answerDouble] = isAnswered ? (table.answerMicros[slot] ?? 0) : Number.NaN;
    words[at + LookupLayout.typeAt] = question.type;
    words[at + LookupLayout.rcodeAt] = isAnswered ? (table.rcode[slot] ?? 0) : -1;
    words[at + LookupLayout.nameAt] = name;
    words[at + LookupLayout.chainAt] = chain;
    if (isAnswered) {
      copyWords(table.lastAnswerTuples, tuple + ADDRESS_WORDS, words, at + LookupLayout.clientAt, ADDRESS_WORDS);
      copyWords(table.firstAnswerTuples, tuple, words, at + LookupLayout.responderAt, ADDRESS_WORDS);
    } else {
      copyWords(query, tuple, words, at + LookupLayout.clientAt, ADDRESS_WORDS);
    }
    if (hasQuery) copyWords(query, tuple + ADDRESS_WORDS, words, at + LookupLayout.resolverAt, ADDRESS_WORDS);
    if (hasEnclosing) {
      copyWords(table.enclosingServers, slot * ADDRESS_WORDS, words, at + LookupLayout.enclosingAt, ADDRESS_WORDS);
    }
    const clientPort = isAnswered ? lastAnswerPorts & 0xffff : queryPorts >>> 16;
    words[at + LookupLayout.portsAt] = (clientPort << 16) | (queryPorts & 0xffff);
    words[at + LookupLayout.presenceAt] =
      (responderPort << 16) |
      (hasQuery ? LookupPresence.resolver : 0) |
      (isAnswered ? LookupPresence.responder : 0) |
      (hasEnclosing ? LookupPresence.enclosing : 0);
    if (answer !== null) {
      const kept = Math.min(addressWords, MAX_ANSWER_ADDRESSES * ADDRESS_WORDS);
      copyWords(answer.addresses, 0, words, at + LookupLayout.addressesAt, kept);
    }
  }
}

function copyWords(from: Int32Array, fromAt: number, to: Int32Array, toAt: number, count: number): void {
  for (let i = 0; i < count; i++) to[toAt + i] = from[fromAt + i] ?? 0;
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
