import { mix } from "../../bounded/hash.ts";
import { NO_RECORD, RecordIndex, RecordPool, RecordQueue } from "../../bounded/records.ts";
import { ADDRESS_WORDS } from "../../model/address.ts";
import type { DnsAnswer, DnsMessage, DnsQuestion } from "../../model/dns-message.ts";
import { Direction } from "../../model/packet.ts";
import { EXCHANGE_WORDS, ExchangeFlag, ExchangeLinks, ExchangeRecords } from "./exchange-records.ts";

const NO_QUESTION: DnsQuestion = { name: "", key: "", type: 0, hash: 0 };

/** Questions and answers are objects, in arrays by the number of the record. */
const NUMBER_SHIFT = Math.log2(EXCHANGE_WORDS);

/**
 * Open DNS exchanges, a record for each. An exchange waits for its answer; once answered it settles, which is waiting
 * for the last sighting of that answer.
 */
export class ExchangeTable extends ExchangeRecords {
  readonly #pool: RecordPool;
  readonly #waiting: RecordQueue;
  readonly #settling: RecordQueue;
  readonly #questions: DnsQuestion[];
  readonly #answers: (DnsAnswer | null)[];
  /** By `hashIdAndQuestion`, since an id has 16 bits only. */
  readonly byId: RecordIndex;
  /** Waiting exchanges, and answered ones that enclose others or are enclosed, by the hash of their question. */
  readonly byQuestion: RecordIndex;
  readonly #server = new Int32Array(ADDRESS_WORDS);
  /** Answered exchanges in `byQuestion`. */
  #settlingByQuestion = 0;

  constructor(capacity: number) {
    const pool = new RecordPool(capacity, EXCHANGE_WORDS, 2);
    super(pool);
    this.#pool = pool;
    this.byId = new RecordIndex(pool, ExchangeLinks.byId);
    this.byQuestion = new RecordIndex(pool, ExchangeLinks.byQuestion);
    this.#waiting = new RecordQueue(pool, ExchangeLinks.waiting);
    this.#settling = new RecordQueue(pool, ExchangeLinks.settling);
    this.#questions = new Array<DnsQuestion>(capacity + 1).fill(NO_QUESTION);
    this.#answers = new Array<DnsAnswer | null>(capacity + 1).fill(null);
  }

  get size(): number {
    return this.#pool.used;
  }

  /**
   * Whether settled exchanges may decide about others: about what a full table evicts, or about those that enclose them or are
   * enclosed.
   */
  get mustEndInTime(): boolean {
    return this.#settlingByQuestion > 0 || this.#pool.used === this.#pool.capacity;
  }

  get oldestWaiting(): number {
    return this.#waiting.oldest;
  }

  get oldestSettling(): number {
    return this.#settling.oldest;
  }

  question(record: number): DnsQuestion {
    return this.#questions[record >> NUMBER_SHIFT] ?? NO_QUESTION;
  }

  answerOf(record: number): DnsAnswer | null {
    return this.#answers[record >> NUMBER_SHIFT] ?? null;
  }

  hasQuestion(record: number, question: DnsQuestion): boolean {
    const own = this.question(record);
    return own === question || (own.hash === question.hash && own.type === question.type && own.key === question.key);
  }

  /** Takes a record for an exchange that begins with a query; NO_RECORD when none is free. */
  openWithQuery(message: DnsMessage): number {
    const record = this.#open(message, ExchangeFlag.hasQuery | ExchangeFlag.isByQuestion | originOf(message));
    if (record === NO_RECORD) return record;
    this.queries.setBoth(record, message);
    this.#waiting.append(record);
    this.byQuestion.insert(record, message.question.hash);
    return record;
  }

  /** Takes a record for an answer whose query was not seen; NO_RECORD when none is free. */
  openWithAnswer(message: DnsMessage): number {
    const record = this.#open(message, 0);
    if (record !== NO_RECORD) this.#settle(record, message);
    return record;
  }

  /** First sighting of the answer of a waiting exchange. */
  answer(record: number, message: DnsMessage): void {
    this.#waiting.remove(record);
    if ((this.flags(record) & (ExchangeFlag.hasEnclosing | ExchangeFlag.isEnclosing)) === 0)
      this.#leaveQuestion(record);
    else this.#settlingByQuestion++;
    this.#settle(record, message);
  }

  /** Further sighting of the query of a waiting exchange. */
  addQuery(record: number, message: DnsMessage): void {
    this.setLastSightingMicros(record, message.timeMicros);
    if (message.direction === Direction.outgoing) this.setFlag(record, ExchangeFlag.hasLeft, true);
    this.#setLastQuery(record, message);
  }

  /** Further sighting of the answer. */
  addAnswer(record: number, message: DnsMessage): void {
    this.setLastSightingMicros(record, message.timeMicros);
    this.answers.setLast(record, message);
  }

  /** Sighting of the query that was captured after one of the answer. */
  addLateQuery(record: number, message: DnsMessage): void {
    if (this.hasQuery(record)) {
      this.#setLastQuery(record, message);
    } else {
      this.queries.setBoth(record, message);
      this.setSenderLink(record, message.senderLink);
    }
    this.setFlag(record, ExchangeFlag.hasQuery, true);
    this.setFlag(record, ExchangeFlag.isAskedElsewhere, false);
  }

  /** The answer at `record` is a further one to the query of `answered`. */
  shareQuery(record: number, answered: number): void {
    this.setFlag(record, ExchangeFlag.hasQuery, true);
    this.copyQuery(answered, record);
  }

  /** The answer at `record` comes from another server than the query of `asked` went to. */
  setAskedElsewhere(record: number, asked: number): void {
    this.setFlag(record, ExchangeFlag.isAskedElsewhere, true);
    this.setSenderLink(record, this.senderLink(asked));
    this.queries.copyFirst(asked, record);
  }

  release(record: number): void {
    if (!this.isAnswered(record)) {
      this.#waiting.remove(record);
    } else {
      this.#settling.remove(record);
      if ((this.flags(record) & ExchangeFlag.isByQuestion) !== 0) this.#settlingByQuestion--;
    }
    this.#leaveQuestion(record);
    this.#questions[record >> NUMBER_SHIFT] = NO_QUESTION;
    this.#answers[record >> NUMBER_SHIFT] = null;
    this.byId.remove(record);
    this.#pool.release(record);
  }

  #open(message: DnsMessage, flags: number): number {
    const record = this.#pool.take();
    if (record === NO_RECORD) return record;
    this.initialize(record, message, flags);
    this.#questions[record >> NUMBER_SHIFT] = message.question;
    this.byId.insert(record, hashIdAndQuestion(message));
    return record;
  }

  #setLastQuery(record: number, message: DnsMessage): void {
    const { queries } = this;
    if (!queries.hasLastDestination(record, message) && queries.isDestinationTranslated(record)) {
      queries.copyLastDestination(record, this.#server, 0);
      this.otherServers.add(record, this.#server, 0, queries.lastDestinationPort(record));
    }
    queries.setLast(record, message);
  }

  #leaveQuestion(record: number): void {
    if ((this.flags(record) & ExchangeFlag.isByQuestion) === 0) return;
    this.byQuestion.remove(record);
    this.setFlag(record, ExchangeFlag.isByQuestion, false);
  }

  #settle(record: number, message: DnsMessage): void {
    this.setAnswer(record, message);
    this.#answers[record >> NUMBER_SHIFT] = message.answer;
    this.#settling.append(record);
  }
}

/** Where the first sighting says that the query comes from. */
function originOf({ direction }: DnsMessage): number {
  if (direction === Direction.unknown) return 0;
  return direction === Direction.outgoing ? ExchangeFlag.isOfHost : ExchangeFlag.isArrived;
}

export function hashIdAndQuestion({ id, question }: DnsMessage): number {
  return mix(question.hash, id);
}
