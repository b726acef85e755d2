/**
 * Every time that wirespan waits for something, in one place. Microseconds of packet time.
 * From a fact to the export queue at most 10 s may pass, from a lookup that nobody used at most 16 s, and retries take at
 * most 15 s more, none of them longer than Tempo takes spans: it discards those that end more than 30 s ago.
 */
const MILLISECOND = 1_000;
const SECOND = 1_000_000;

/** Between two sightings of one SYN on one node. The slowest transit of 2,189 measured ones took 120 µs. */
export const NAT_JOIN_MICROS = 20 * MILLISECOND;

/** The same where little tells that both are one SYN: what was measured, ten times over. */
export const UNCERTAIN_NAT_MICROS = MILLISECOND;

/** The same SYN later than this is the client's repeat; the first one comes after 1 s by default. */
export const SYN_REPEAT_MICROS = 500 * MILLISECOND;

/** Between the first and the last copy of one DNS message on one node. */
export const DNS_COPY_MICROS = 50 * MILLISECOND;

/** Between two sightings of one DNS answer, the second of which goes to an address that no query was seen to come from. */
export const TRANSIT_MICROS = 500;

/** For the answer to a query. The stub resolver of glibc gives up after as long. */
export const DNS_ANSWER_MICROS = 5 * SECOND;

/** Packet times that run backwards by more are a clock that was set, not packets out of order. */
export const CLOCK_STEP_MICROS = 10 * SECOND;

/** After the last SYN for any answer: longer than a client waits before the next SYN of an attempt that may still succeed. */
export const HANDSHAKE_MICROS = 5 * SECOND;

/**
 * For the first fact of an attempt after its SYN: its verdict, or its first repeat. Facts pass on every 20 ms of packet
 * time, which is well within the rest.
 */
export const FIRST_FACT_MICROS = HANDSHAKE_MICROS + 100 * MILLISECOND;

/** For repeats of an attempt that is decided: Linux repeats a SYN for 127 s. */
export const DECIDED_MICROS = 130 * SECOND;

/** For the news of whose address it is: a pod's first packet comes up to 2 s before the API tells its address. */
export const OWNER_UPDATE_MICROS = 3 * SECOND;

/** For the last copy of an answer that may name a connection, before the connection is named. */
export const NAME_SETTLE_MICROS = DNS_COPY_MICROS + 10 * MILLISECOND;

/** For one of a failed name's other search forms to be answered. */
export const SEARCH_FORMS_MICROS = 5 * SECOND;

/** For a connection to follow a resolved name; its first fact comes FIRST_FACT_MICROS later. */
export const CONNECTION_AFTER_LOOKUP_MICROS = 10 * SECOND;

/** How long a resolved name may name a connection: clients connect long after the TTL. */
export const NAME_MEMORY_MICROS = 3_600 * SECOND;

/** How long an address of nobody that packets have shown to be in the cluster counts as such: as long as names do. */
export const UNLISTED_MEMORY_MICROS = 3_600 * SECOND;
