import type { FactSink } from "./correlate/correlator.ts";
import { ExchangeLayout, ExchangeMark, type ExchangeTable } from "./correlate/exchange-table.ts";
import { HandshakeLayout, type HandshakeTable } from "./correlate/handshake-table.ts";
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

  connection(table: HandshakeTable, record: number, outcome: ConnectionOutcome, endMicros: number): void {
    const at = this.#writer.beginConnection();
    const { words, doubles } = this.#writer;
    const from = table.words;
    doubles[at / 2 + ConnectionLayout.startDouble] = table.doubles[record / 2 + HandshakeLayout.startDouble] ?? 0;
    doubles[at / 2 + ConnectionLayout.endDouble] = endMicros;
    words[at + ConnectionLayout.outcomeAt] = OUTCOME_NUMBERS.get(outcome) ?? 0;
    words[at + ConnectionLayout.directionAt] = from[record + HandshakeLayout.directionAt] ?? 0;
    words[at + ConnectionLayout.retriesAt] = from[record + HandshakeLayout.retriesAt] ?? 0;
    const first = record + HandshakeLayout.firstAt;
    const last = record + HandshakeLayout.lastAt;
    copyWords(from, first, words, at + ConnectionLayout.firstAt, LEG_ADDRESS_WORDS);
    copyWords(from, last, words, at + ConnectionLayout.lastAt, LEG_ADDRESS_WORDS);
    words[at + ConnectionLayout.portsAt] = from[first + LEG_ADDRESS_WORDS] ?? 0;
    words[at + ConnectionLayout.portsAt + 1] = from[last + LEG_ADDRESS_WORDS] ?? 0;
  }

  lookup(table: ExchangeTable, record: number, isAnswered: boolean): void {
    const question = table.question(record);
    const answer = table.answerOf(record);
    const name = this.#writer.text(question.key, question.hash);
    const chain = answer === null || answer.chain.length === 0 ? -1 : this.#writer.text(chainText(answer.chain));
    const addressWords = answer === null ? 0 : answer.addresses.length;
    const at = this.#writer.beginLookup(addressWords / ADDRESS_WORDS);
    const { words, doubles } = this.#writer;
    const from = table.words;
    const marks = from[record + ExchangeLayout.marksAt] ?? 0;
    const hasQuery = (marks & ExchangeMark.hasQuery) !== 0;
    const hasEnclosing = (marks & ExchangeMark.hasEnclosing) !== 0;
    const query = record + ExchangeLayout.firstQueryAt;
    const firstAnswer = record + ExchangeLayout.firstAnswerAt;
    const lastAnswer = record + ExchangeLayout.lastAnswerAt;
    const queryPorts = hasQuery ? (from[query + LEG_ADDRESS_WORDS] ?? 0) : 0;
    const lastAnswerPorts = from[lastAnswer + LEG_ADDRESS_WORDS] ?? 0;
    const responderPort = isAnswered ? (from[firstAnswer + LEG_ADDRESS_WORDS] ?? 0) >>> 16 : 0;
    const answerMicros = table.doubles[record / 2 + ExchangeLayout.answerDouble] ?? 0;

    doubles[at / 2 + LookupLayout.queryDouble] = table.doubles[record / 2 + ExchangeLayout.queryDouble] ?? 0;
    doubles[at / 2 + LookupLayout.answerDouble] = isAnswered ? answerMicros : Number.NaN;
    words[at + LookupLayout.typeAt] = question.type;
    words[at + LookupLayout.rcodeAt] = isAnswered ? (from[record + ExchangeLayout.rcodeAt] ?? 0) : -1;
    words[at + LookupLayout.nameAt] = name;
    words[at + LookupLayout.chainAt] = chain;
    if (isAnswered) {
      copyWords(from, lastAnswer + ADDRESS_WORDS, words, at + LookupLayout.clientAt, ADDRESS_WORDS);
      copyWords(from, firstAnswer, words, at + LookupLayout.responderAt, ADDRESS_WORDS);
    } else {
      copyWords(from, query, words, at + LookupLayout.clientAt, ADDRESS_WORDS);
    }
    if (hasQuery) copyWords(from, query + ADDRESS_WORDS, words, at + LookupLayout.resolverAt, ADDRESS_WORDS);
    if (hasEnclosing) {
      copyWords(from, record + ExchangeLayout.enclosingAt, words, at + LookupLayout.enclosingAt, ADDRESS_WORDS);
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
