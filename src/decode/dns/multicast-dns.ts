/**
 * Multicast DNS (RFC 6762) among the messages of a port that is one of DNS too: OpenShift's DNS pods listen on 5353, and its
 * nodes speak multicast DNS there. Its questions go to a group, in which nobody has to answer.
 */
import { ADDRESS_WORDS, isIpv4Words } from "../../model/address.ts";

const MULTICAST_DNS_PORT = 5353;
/** 224.0.0.0/24: groups of one link, multicast DNS among them. */
const LOCAL_GROUPS = 0xe00000;
/** The question wants an answer by unicast (§5.4), which the class IN with this bit says; plain DNS knows no such class. */
const UNICAST_WANTED = 0x8001;

/** Whether a datagram goes to a group of its link, or from one speaker of multicast DNS to another (§5.5, §6.7). */
export function isMulticastDns(addresses: Int32Array, sourcePort: number, destinationPort: number): boolean {
  if (sourcePort === MULTICAST_DNS_PORT && destinationPort === MULTICAST_DNS_PORT) return true;
  if (isIpv4Words(addresses, ADDRESS_WORDS)) return (addresses[2 * ADDRESS_WORDS - 1] ?? 0) >>> 8 === LOCAL_GROUPS;
  return (addresses[ADDRESS_WORDS] ?? 0) >>> 24 === 0xff;
}

/** Whether a question's class is one of multicast DNS alone. */
export function isMulticastClass(questionClass: number): boolean {
  return questionClass === UNICAST_WANTED;
}
