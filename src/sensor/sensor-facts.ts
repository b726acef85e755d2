import type { FactSink } from "../correlate/correlator.ts";
import { ExchangeFlag } from "../correlate/dns/exchange-records.ts";
import type { ExchangeTable } from "../correlate/dns/exchange-table.ts";
import type { HandshakeTable } from "../correlate/handshakes/handshake-table.ts";
import type { FactWriter } from "../facts/fact-writer.ts";
import {
  CONNECTION_OUTCOMES,
  ConnectionLayout,
  LookupLayout,
  LookupPresence,
  MAX_TEXT_LENGTH,
} from "../facts/record-layout.ts";
import { otherAnswerWord } from "../facts/record-values.ts";
import { ADDRESS_WORDS, copyAddress } from "../model/address.ts";
import type { ConnectionOutcome } from "../model/connection.ts";
import type { DnsAnswer } from "../model/dns-message.ts";

/** A power of two: answers with a chain whose text is kept. */
const CHAINS = 1_024;

/**
 * The texts of chains, made once for each answer in use. Joining the names and hashing the text for each lookup took 13 to
 * 18 % of the sensor's CPU time on the benchmark's mix.
 */
class ChainTexts {
  readonly #answers = new Array<DnsAnswer | null>(CHAINS).fill(null);
  readonly #texts = new Array<string>(CHAINS).fill("");

  /** `hash`: of the question. */
  of(answer: DnsAnswer, hash: number): string {
    const place = hash & (CHAINS - 1);
    if (this.#answers[place] !== answer) {
      this.#answers[place] = answer;
      this.#texts[place] = chainText(answer.chain);
    }
    return this.#texts[place] as string;
  }
}

/** Writes decided connections and lookups to the fact stream. */
export class SensorFacts implements FactSink {
  readonly #writer: FactWriter;
  readonly #chains = new ChainTexts();

  constructor(writer: FactWriter) {
    this.#writer = writer;
  }

  connection(table: HandshakeTable, record: number, outcome: ConnectionOutcome, endMicros: number): void {
    const at = this.#writer.beginConnection();
    const { words, doubles } = this.#writer;
    doubles[(at >> 1) + ConnectionLayout.startDouble] = table.startMicros(record);
    doubles[(at >> 1) + ConnectionLayout.endDouble] = endMicros;
    words[at + ConnectionLayout.outcomeAt] = CONNECTION_OUTCOMES.indexOf(outcome);
    words[at + ConnectionLayout.directionAt] = table.direction(record);
    words[at + ConnectionLayout.senderLinkAt] = table.senderLink(record);
    words[at + ConnectionLayout.retriesAt] = table.retries(record);
    table.tuples.copyInto(record, words, at + ConnectionLayout.preNatAt);
    words[at + ConnectionLayout.otherAnswerAt] = 0;
    if (outcome !== "timed_out" && outcome !== "unfinished") return;
    const other = table.tupleCount(record) === 1 ? table.otherAnswers.of(record) : null;
    if (other === null) return;
    const { address, port, micros, isReset } = other;
    const server = at + ConnectionLayout.postNatAt + ADDRESS_WORDS;
    copyAddress(address, 0, words, server);
    words[server + ADDRESS_WORDS] = (table.tuples.firstSourcePort(record) << 16) | port;
    words[at + ConnectionLayout.otherAnswerAt] = otherAnswerWord(micros - table.startMicros(record), isReset);
  }

  lookup(table: ExchangeTable, record: number, isAnswered: boolean): void {
    const writer = this.#writer;
    const question = table.question(record);
    const answer = table.answerOf(record);
    const name = writer.text(question.key, question.hash);
    // Texts are found by a hash, here any number that differs from the hash of the name.
    const hasChain = answer !== null && answer.chain.length > 0;
    const chain = hasChain ? writer.text(this.#chains.of(answer, question.hash), ~question.hash) : -1;
    const addressWords = answer === null ? 0 : answer.addresses.length;
    const at = writer.beginLookup(addressWords / ADDRESS_WORDS);
    const { words, doubles } = writer;
    doubles[(at >> 1) + LookupLayout.queryDouble] = table.queryMicros(record);
    words[at + LookupLayout.typeAt] = question.type;
    words[at + LookupLayout.nameAt] = name;
    words[at + LookupLayout.chainAt] = chain;
    words[at + LookupLayout.senderLinkAt] = table.senderLink(record);

    const { queries, answers } = table;
    const flags = table.flags(record);
    let ports = 0;
    let presence = 0;
    if ((flags & (ExchangeFlag.hasQuery | ExchangeFlag.isAskedElsewhere)) !== 0) {
      presence |= LookupPresence.resolver;
      queries.copyFirstSource(record, words, at + LookupLayout.clientAt);
      queries.copyFirstDestination(record, words, at + LookupLayout.resolverAt);
      ports = (queries.firstSourcePort(record) << 16) | queries.firstDestinationPort(record);
    } else {
      // Without a query the client is the destination of the answer.
      answers.copyLastDestination(record, words, at + LookupLayout.clientAt);
      ports = answers.lastDestinationPort(record) << 16;
    }
    if ((flags & ExchangeFlag.hasQuery) !== 0) presence |= LookupPresence.asked;
    if ((flags & ExchangeFlag.isTruncated) !== 0) presence |= LookupPresence.truncated;
    if (answer?.isMisnamed) presence |= LookupPresence.misnamed;
    if (table.isOverTcp(record)) presence |= LookupPresence.overTcp;
    if ((flags & ExchangeFlag.hasEnclosing) !== 0) {
      presence |= LookupPresence.enclosing;
      if ((flags & ExchangeFlag.mayBeOwn) !== 0) presence |= LookupPresence.mayBeOwn;
      if ((flags & ExchangeFlag.isUnproven) !== 0) presence |= LookupPresence.unproven;
      table.copyEnclosingServer(record, words, at + LookupLayout.enclosingAt);
    }
    if (isAnswered) {
      presence |= LookupPresence.responder | (answers.firstSourcePort(record) << 16);
      answers.copyFirstSource(record, words, at + LookupLayout.responderAt);
      doubles[(at >> 1) + LookupLayout.answerDouble] = table.lastSightingMicros(record);
      words[at + LookupLayout.rcodeAt] = table.rcode(record);
    } else {
      doubles[(at >> 1) + LookupLayout.answerDouble] = Number.NaN;
      words[at + LookupLayout.rcodeAt] = -1;
    }
    words[at + LookupLayout.portsAt] = ports;
    words[at + LookupLayout.presenceAt] = presence;
    if (answer === null) return;
    for (let i = 0; i < addressWords; i++) words[at + LookupLayout.addressesAt + i] = answer.addresses[i] as number;
  }
}

/** Names joined by spaces; of a chain that is too long, the first names and the last one. */
function chainText(chain: readonly string[]): string {
  const text = chain.join(" ");
  if (text.length <= MAX_TEXT_LENGTH) return text;
  const last = chain.at(-1) ?? "";
  const kept: string[] = [];
  let length = last.length;
  for (const name of chain) {
    length += name.length + 1;
    if (length > MAX_TEXT_LENGTH) break;
    kept.push(name);
  }
  return [...kept, last].join(" ");
}
