import type { ApiError } from "../../kubernetes/client/api-error.ts";

/** What the chart creates for people who read the graph. */
const FIX = "bind the Role that the chart creates with viewer.create and viewer.subjects";

/** The sentence for a 403: the missing verb and resource, as the API server names them, else the expected ones. */
export function missingRight({ message }: ApiError, verb: string, resource: string, namespace: string): string {
  const [, missingVerb = verb, missingResource = resource] = /cannot (\w+) resource "([^"]+)"/.exec(message) ?? [];
  return `the API server forbids this user to ${missingVerb} ${missingResource} in namespace ${namespace}; ${FIX}, or allow ${missingVerb} on ${missingResource}`;
}
