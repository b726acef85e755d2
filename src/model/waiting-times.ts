/**
 * The packet-time timeouts of correlation and naming, in microseconds. A fact reaches the export queue within 10 s, an unused lookup
 * within 16 s; retries take at most 15 s more. Together that is below the 30 s after which Tempo discards ended spans.
 * Where the agent did not run, as long as that comes on top, at most 10.5 s.
 */
const MILLISECOND = 1_000;
const SECOND = 1_000_000;

/** Between two sightings of one SYN on one node. The slowest of 2,189 measured transits took 120 µs. */
export const NAT_JOIN_MICROS = 20 * MILLISECOND;

/** The same if there is little evidence for one SYN: ten times the slowest measured transit. */
export const UNCERTAIN_NAT_MICROS = MILLISECOND;

/**
 * Between the sighting of a packet that arrives and its sighting as it leaves again, where what its sender chose shows that
 * it is one packet: a node without a free CPU holds it in between. On an overloaded node 1 of 1,454 SYNs was held for
 * 23.5 ms. Retransmissions come later.
 */
export const HELD_PACKET_MICROS = 400 * MILLISECOND;

/** A later sighting of a SYN is a retransmission. The first one comes after 1 s by default. */
export const RETRANSMISSION_MICROS = 500 * MILLISECOND;

/**
 * A later sighting with a new identification is one too. A server that still has the last connection of the client's port
 * in TIME_WAIT answers the SYN with an ACK; the client resets that connection and repeats its SYN after 2 to 20 ms.
 */
export const EARLY_RETRANSMISSION_MICROS = MILLISECOND;

/** Between the first and the last sighting of one DNS message on one node. */
export const DNS_COPY_MICROS = 50 * MILLISECOND;

/** Between two sightings of one DNS answer, the second of which goes to an address that sent no query. */
export const TRANSIT_MICROS = 500;

/** For the answer to a query. glibc's stub resolver waits as long. */
export const DNS_ANSWER_MICROS = 5 * SECOND;

/** Packet time that goes back further means that the clock was set, not that packets are out of order. */
export const CLOCK_STEP_MICROS = 10 * SECOND;

/**
 * A live sensor reports the time every 200 ms. Where it goes forward further at once, the clock was set, the machine was suspended
 * or packets are missing: nothing has waited that long, and nothing has timed out.
 */
export const LIVE_GAP_MICROS = 4 * SECOND;

/** For an answer to the last SYN: longer than a client waits before it retransmits the SYN. */
export const HANDSHAKE_MICROS = 5 * SECOND;

/**
 * For the first fact of an attempt after its SYN: its outcome, or its first retransmission. Packet time is in the
 * stream every 20 ms, which the rest covers.
 */
export const FIRST_FACT_MICROS = HANDSHAKE_MICROS + 100 * MILLISECOND;

/** For retransmissions of a SYN whose attempt is decided: Linux retransmits for 127 s. */
export const DECIDED_MICROS = 130 * SECOND;

/** How long something that has ended is known, such as a deleted pod: longer than any fact of its packets takes. */
export const ENDED_MICROS = 180 * SECOND;

/** For an update on the owner of an address: a pod sends up to 2 s before the API reports its address. */
export const OWNER_UPDATE_MICROS = 3 * SECOND;

/** For the last sighting of an answer that may name a connection, before the connection is named. */
export const NAME_SETTLE_MICROS = DNS_COPY_MICROS + 10 * MILLISECOND;

/** For an answer to another candidate of the search path of a failed lookup. */
export const SEARCH_PATH_MICROS = 5 * SECOND;

/** For a connection after a lookup of its name; its first fact comes FIRST_FACT_MICROS later. */
export const CONNECTION_AFTER_LOOKUP_MICROS = 10 * SECOND;

/**
 * At the end of a capture: a client that connects right after its lookup has sent its SYN by then, and a resolver that retries
 * over TCP has its answer.
 */
export const CUT_SHORT_MICROS = SECOND;

/** How long a resolved name may name connections: clients connect long after the TTL. */
export const NAME_MEMORY_MICROS = 3_600 * SECOND;

/** How long packets that show an address to be inside the cluster count; as long as resolved names. */
export const UNLISTED_MEMORY_MICROS = 3_600 * SECOND;
