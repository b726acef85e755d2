import { hashWords } from "../../bounded/hash.ts";
import { type PacketTuple, PORTS_AT } from "../../model/tuple.ts";

/** Hash of the addresses and ports of a packet. */
export function hashTuple({ addresses, sourcePort, destinationPort }: PacketTuple): number {
  return hashWords(addresses, 0, PORTS_AT, (sourcePort << 16) | destinationPort);
}
