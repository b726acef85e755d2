import type { FactWriter } from "../../../src/facts/fact-writer.ts";
import {
  CONNECTION_OUTCOMES,
  ConnectionLayout,
  LookupLayout,
  LookupPresence,
} from "../../../src/facts/record-layout.ts";
import { ADDRESS_WORDS, parseAddressInto } from "../../../src/model/address.ts";
import type { Connection, Tuple } from "../../../src/model/connection.ts";
import type { Lookup } from "../../../src/model/lookup.ts";
import { PORTS_AT } from "../../../src/model/tuple.ts";

/** Writes a connection as the sensor does. */
export function writeConnection(writer: FactWriter, connection: Connection): void {
  const at = writer.beginConnection();
  const { words, doubles } = writer;
  doubles[(at >> 1) + ConnectionLayout.startDouble] = connection.startMicros;
  doubles[(at >> 1) + ConnectionLayout.endDouble] = connection.endMicros;
  words[at + ConnectionLayout.outcomeAt] = CONNECTION_OUTCOMES.indexOf(connection.outcome);
  words[at + ConnectionLayout.directionAt] = connection.firstDirection;
  words[at + ConnectionLayout.retriesAt] = connection.retries;
  words[at + ConnectionLayout.senderLinkAt] = connection.senderLink;
  putTuple(words, at + ConnectionLayout.preNatAt, connection.preNat);
  putTuple(words, at + ConnectionLayout.postNatAt, connection.postNat);
  words[at + ConnectionLayout.otherAnswerAt] = 0;
}

/** Writes a lookup as the sensor does. */
export function writeLookup(writer: FactWriter, lookup: Lookup): void {
  const { resolver, responder, enclosingServer, chain, addresses } = lookup;
  const name = writer.text(lookup.name);
  const chainText = chain.length === 0 ? -1 : writer.text(chain.join(" "));
  const at = writer.beginLookup(addresses.length);
  const { words, doubles } = writer;
  doubles[(at >> 1) + LookupLayout.queryDouble] = lookup.queryMicros;
  doubles[(at >> 1) + LookupLayout.answerDouble] = lookup.answerMicros ?? Number.NaN;
  words[at + LookupLayout.typeAt] = lookup.type;
  words[at + LookupLayout.rcodeAt] = lookup.rcode ?? -1;
  words[at + LookupLayout.nameAt] = name;
  words[at + LookupLayout.chainAt] = chainText;
  words[at + LookupLayout.senderLinkAt] = lookup.senderLink;
  words[at + LookupLayout.portsAt] = (lookup.client.port << 16) | (resolver?.port ?? 0);
  words[at + LookupLayout.presenceAt] = presenceOf(lookup) | ((responder?.port ?? 0) << 16);
  putAddress(words, at + LookupLayout.clientAt, lookup.client.address);
  putAddress(words, at + LookupLayout.resolverAt, resolver?.address ?? "::");
  putAddress(words, at + LookupLayout.responderAt, responder?.address ?? "::");
  putAddress(words, at + LookupLayout.enclosingAt, enclosingServer ?? "::");
  for (const [i, address] of addresses.entries()) {
    putAddress(words, at + LookupLayout.addressesAt + i * ADDRESS_WORDS, address);
  }
}

function presenceOf(lookup: Lookup): number {
  const bits = [
    [lookup.resolver !== null, LookupPresence.resolver],
    [lookup.responder !== null, LookupPresence.responder],
    [lookup.enclosingServer !== null, LookupPresence.enclosing],
    [lookup.isAsked, LookupPresence.asked],
    [lookup.isTruncated, LookupPresence.truncated],
    [lookup.isMisnamed, LookupPresence.misnamed],
    [lookup.isOverTcp, LookupPresence.overTcp],
    [lookup.mayBeOwn, LookupPresence.mayBeOwn],
    [lookup.isUnproven, LookupPresence.unproven],
  ] as const;
  return bits.reduce((all, [isSet, bit]) => (isSet ? all | bit : all), 0);
}

function putTuple(words: Int32Array, at: number, { source, destination }: Tuple): void {
  putAddress(words, at, source.address);
  putAddress(words, at + ADDRESS_WORDS, destination.address);
  words[at + PORTS_AT] = (source.port << 16) | destination.port;
}

function putAddress(words: Int32Array, at: number, address: string): void {
  if (!parseAddressInto(address, words, at)) throw new Error(`no address: ${address}`);
}
