/** Layout of the header of a DNS message (RFC 1035 §4.1.1): offsets in bytes, and bits of the flags. */

export const DNS_HEADER = 12;
export const FLAGS_AT = 2;
export const QUESTION_COUNT_AT = 4;
export const ANSWER_COUNT_AT = 6;

export const RESPONSE = 0x8000;
export const OPCODE = 0x7800;
export const TRUNCATED = 0x0200;
/** The Z bit, always 0. */
export const RESERVED = 0x0040;
export const RCODE = 0x000f;
