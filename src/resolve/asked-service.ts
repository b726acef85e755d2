import { type Services, serviceKey } from "../inventory/services.ts";
import { decidedMicros } from "../lookups/retained-lookup.ts";
import type { Lookup } from "../model/lookup.ts";

/**
 * Whether the client asked a Service, and one of its endpoints answered from its own address. Where eBPF translates
 * between two interfaces, no sighting shows the endpoint's address in the question, nor the Service's in the answer.
 */
export function isAskedOfService(lookup: Lookup, services: Services): boolean {
  const { resolver, responder } = lookup;
  if (resolver === null || responder === null) return false;
  const service = services.atAddress(resolver.address, resolver.port, decidedMicros(lookup));
  return service !== null && services.isBehind(serviceKey(service), responder.address, responder.port);
}
