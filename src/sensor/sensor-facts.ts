import type { FactSink } from "../correlate/correlator.ts";
import { ExchangeLayout, ExchangeMark } from "../correlate/dns/exchange-layout.ts";
import type { ExchangeTable } from "../correlate/dns/exchange-table.ts";
import { HandshakeLayout, HandshakeMark } from "../correlate/handshakes/handshake-layout.ts";
import type { HandshakeTable } from "../correlate/handshakes/handshake-table.ts";
import type { FactWriter } from "../facts/fact-writer.ts";
import { CONNECTION_OUTCOMES, ConnectionLayout, LookupLayout, LookupPresence } from "../facts/record-layout.ts";
import { ADDRESS_WORDS } from "../model/address.ts";
import type { ConnectionOutcome } from "../model/connection.ts";
import { MAX_ANSWER_ADDRESSES } from "../model/dns-message.ts";
import { PORTS_AT } from "../model/tuple.ts";

/** Texts are remembered by number, so none may be long: a name has at most 1,020 characters, escapes and all. */
const MAX_CHAIN_CHARACTERS = 2_048;

const KNOWN_CLIENT = ExchangeMark.hasQuery | ExchangeMark.askedElsewhere;

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
    const first = record + HandshakeLayout.firstAt;
    const last = record + HandshakeLayout.lastAt;
    doubles[(at >> 1) + ConnectionLayout.startDouble] = table.doubles[(record >> 1) + HandshakeLayout.startDouble] ?? 0;
    doubles[(at >> 1) + ConnectionLayout.endDouble] = endMicros;
    words[at + ConnectionLayout.outcomeAt] = CONNECTION_OUTCOMES.indexOf(outcome);
    words[at + ConnectionLayout.directionAt] =
      (from[record + HandshakeLayout.marksAt] ?? 0) >>> HandshakeMark.directionShift;
    words[at + ConnectionLayout.senderLinkAt] = from[record + HandshakeLayout.senderLinkAt] ?? 0;
    words[at + ConnectionLayout.retriesAt] = from[record + HandshakeLayout.retriesAt] ?? 0;
    for (let i = 0; i < PORTS_AT; i++) {
      words[at + ConnectionLayout.preNatAt + i] = from[first + i] ?? 0;
      words[at + ConnectionLayout.postNatAt + i] = from[last + i] ?? 0;
    }
    words[at + ConnectionLayout.portsAt] = from[first + PORTS_AT] ?? 0;
    words[at + ConnectionLayout.portsAt + 1] = from[last + PORTS_AT] ?? 0;
  }

  lookup(table: ExchangeTable, record: number, isAnswered: boolean): void {
    const question = table.question(record);
    const answer = table.answerOf(record);
    const name = this.#writer.text(question.key, question.hash);
    const chain = answer === null || answer.chain.length === 0 ? -1 : this.#writer.text(chainText(answer.chain));
    const addressCount = answer === null ? 0 : answer.addresses.length / ADDRESS_WORDS;
    const at = this.#writer.beginLookup(addressCount);
    const { words, doubles } = this.#writer;
    doubles[(at >> 1) + LookupLayout.queryDouble] = table.doubles[(record >> 1) + ExchangeLayout.queryDouble] ?? 0;
    words[at + LookupLayout.typeAt] = question.type;
    words[at + LookupLayout.senderLinkAt] = table.words[record + ExchangeLayout.senderLinkAt] ?? 0;
    words[at + LookupLayout.nameAt] = name;
    words[at + LookupLayout.chainAt] = chain;

    const from = table.words;
    const marks = from[record + ExchangeLayout.marksAt] ?? 0;
    const query = record + ExchangeLayout.firstQueryAt;
    const firstAnswer = record + ExchangeLayout.firstAnswerAt;
    const lastAnswer = record + ExchangeLayout.lastAnswerAt;
    // Who asked stands in the question; in an answer without one there is only whom it went to.
    const isClientKnown = (marks & KNOWN_CLIENT) !== 0;
    const client = isClientKnown ? query : lastAnswer + ADDRESS_WORDS;
    const clientPort = isClientKnown
      ? (from[query + PORTS_AT] ?? 0) >>> 16
      : (from[lastAnswer + PORTS_AT] ?? 0) & 0xffff;
    let resolverPort = 0;
    let present = 0;
    copyAddress(from, client, words, at + LookupLayout.clientAt);
    if (isClientKnown) {
      resolverPort = (from[query + PORTS_AT] ?? 0) & 0xffff;
      present |= LookupPresence.resolver;
      copyAddress(from, query + ADDRESS_WORDS, words, at + LookupLayout.resolverAt);
    }
    if ((marks & ExchangeMark.hasQuery) !== 0) present |= LookupPresence.asked;
    if ((marks & ExchangeMark.isTruncated) !== 0) present |= LookupPresence.truncated;
    if (answer?.isMisnamed) present |= LookupPresence.misnamed;
    if (isAnswered) {
      const responderPort = (from[firstAnswer + PORTS_AT] ?? 0) >>> 16;
      present |= LookupPresence.responder | (responderPort << 16);
      doubles[(at >> 1) + LookupLayout.answerDouble] =
        table.doubles[(record >> 1) + ExchangeLayout.lastCopyDouble] ?? 0;
      words[at + LookupLayout.rcodeAt] = from[record + ExchangeLayout.rcodeAt] ?? 0;
      copyAddress(from, firstAnswer, words, at + LookupLayout.responderAt);
    } else {
      doubles[(at >> 1) + LookupLayout.answerDouble] = Number.NaN;
      words[at + LookupLayout.rcodeAt] = -1;
    }
    if ((marks & ExchangeMark.hasEnclosing) !== 0) {
      present |= LookupPresence.enclosing;
      copyAddress(from, record + ExchangeLayout.enclosingAt, words, at + LookupLayout.enclosingAt);
    }
    words[at + LookupLayout.portsAt] = (clientPort << 16) | resolverPort;
    words[at + LookupLayout.presenceAt] = present;
    if (answer !== null) {
      const kept = Math.min(addressCount, MAX_ANSWER_ADDRESSES) * ADDRESS_WORDS;
      for (let i = 0; i < kept; i++) words[at + LookupLayout.addressesAt + i] = answer.addresses[i] ?? 0;
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
