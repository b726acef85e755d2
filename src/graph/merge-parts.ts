import { END_RULES, EVIDENCE } from "../model/interaction.ts";
import type { EdgePart } from "../model/service-graph.ts";
import { MAX_VALUES } from "./bounds.ts";
import {
  combineFailedPorts,
  combineFlows,
  compareNumbers,
  flowsOmittedOf,
  largerQuantiles,
  outcomeCounts,
  smallest,
  union,
} from "./edge-sums.ts";
import { joinLatency, quantilesOf } from "./latency-buckets.ts";
import { compareText } from "./order.ts";

/**
 * Two states of the part of one instance, such as an earlier and a later one: of each counter the larger, of each list
 * both, of the times the first and the last. So the order and the number of states do not matter.
 */
export function joinParts(a: EdgePart, b: EdgePart): EdgePart {
  const both = [a, b];
  const outcomes = outcomeCounts(
    (outcome) => Math.max(a.outcomes[outcome], b.outcomes[outcome]),
    Math.max(a.outcomes.failed ?? 0, b.outcomes.failed ?? 0),
  );
  const dialledPorts = smallest(union(both, (part) => part.dialledPorts, compareNumbers));
  const flows = smallest(combineFlows([a.flows, b.flows], Math.max));
  const addresses = union(both, (part) => part.addresses, compareText);
  const latency = a.latency && b.latency ? joinLatency(a.latency, b.latency) : (a.latency ?? b.latency);
  return {
    instance: a.instance,
    outcomes,
    dialledPorts,
    servedPorts: smallest(union(both, (part) => part.servedPorts, compareNumbers)),
    failedPorts: combineFailedPorts([a.failedPorts, b.failedPorts], dialledPorts, Math.max),
    names: smallest(union(both, (part) => part.names, compareText)),
    flows,
    flowsOmitted: flowsOmittedOf({ outcomes, flows }),
    addresses: smallest(addresses),
    addressesOmitted: Math.max(a.addressesOmitted, b.addressesOmitted, addresses.length > MAX_VALUES ? 1 : 0),
    clientRules: END_RULES.filter((rule) => both.some((part) => part.clientRules.includes(rule))),
    serverRules: END_RULES.filter((rule) => both.some((part) => part.serverRules.includes(rule))),
    firstSeenMicros: Math.min(a.firstSeenMicros, b.firstSeenMicros),
    lastSeenMicros: Math.max(a.lastSeenMicros, b.lastSeenMicros),
    evidence: EVIDENCE.filter((each) => both.some((part) => part.evidence.includes(each))),
    handshake: latency === null ? largerQuantiles(a.handshake, b.handshake) : quantilesOf(latency),
    bothInstrumented: Math.max(a.bothInstrumented, b.bothInstrumented),
    latency,
  };
}
