/**
 * Multicast DNS (RFC 6762) on a configured DNS port: the DNS pods of OpenShift listen on 5353, and its nodes use multicast DNS
 * on that port. Its questions go to a group and may have no answer.
 */
import { ADDRESS_WORDS, isIpv4Words } from "../../model/address.ts";

const MULTICAST_DNS_PORT = 5353;
/** 224.0.0.0/24: link-local groups, including that of multicast DNS. */
const LOCAL_GROUPS = 0xe00000;
/** Class IN with the unicast-response bit (§5.4), which does not exist in unicast DNS. */
const UNICAST_RESPONSE_IN = 0x8001;

/** Whether a datagram goes to a link-local group, or from port 5353 to port 5353 (§5.5, §6.7). */
export function isMulticastDns(addresses: Int32Array, sourcePort: number, destinationPort: number): boolean {
  if (sourcePort === MULTICAST_DNS_PORT && destinationPort === MULTICAST_DNS_PORT) return true;
  if (isIpv4Words(addresses, ADDRESS_WORDS)) return (addresses[2 * ADDRESS_WORDS - 1] ?? 0) >>> 8 === LOCAL_GROUPS;
  return (addresses[ADDRESS_WORDS] ?? 0) >>> 24 === 0xff;
}

/** Whether the class of a question exists in multicast DNS only. */
export function isMulticastClass(questionClass: number): boolean {
  return questionClass === UNICAST_RESPONSE_IN;
}
