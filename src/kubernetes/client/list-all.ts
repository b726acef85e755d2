import { asObject, objects, text } from "../objects/json-fields.ts";
import type { ApiClient, ApiRequest } from "./api-client.ts";

export const JSON_TYPE = "application/json";
const PAGE_OBJECTS = 250;
const TIMEOUT_MILLIS = 15_000;

/** All objects of a list, page by page. Throws ApiError. */
export async function listAll(
  client: ApiClient,
  path: string,
  accept: string,
  query: Readonly<Record<string, string>>,
): Promise<readonly Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = [];
  for (let next: string | null = ""; next !== null; ) {
    const page = { ...query, limit: String(PAGE_OBJECTS), ...(next === "" ? {} : { continue: next }) };
    const request: ApiRequest = {
      path: `${path}?${new URLSearchParams(page)}`,
      accept,
      signal: AbortSignal.timeout(TIMEOUT_MILLIS),
      idleMillis: TIMEOUT_MILLIS,
    };
    const { body } = await client.json(request);
    all.push(...objects(body.items));
    next = text(asObject(body.metadata).continue);
  }
  return all;
}
