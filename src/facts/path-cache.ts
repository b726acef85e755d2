import { mix } from "../bounded/hash.ts";
import { ADDRESS_WORDS } from "../model/address.ts";
import { ConnectionPath, type Endpoint } from "../model/connection.ts";
import { destinationPort, PORTS_AT } from "../model/tuple.ts";

const SET_BITS = 12;
const SETS = 2 ** SET_BITS;

/**
 * The paths of recent connections: each hash has a set of two, and the one that was used last is compared first. So later
 * stages find what they know of a path with no look-up.
 */
export class PathCache {
  readonly #paths = new Array<ConnectionPath | null>(2 * SETS).fill(null);

  at(client: string, dialled: Endpoint, served: Endpoint, hash: number): ConnectionPath {
    const paths = this.#paths;
    const at = (hash >>> (32 - SET_BITS)) << 1;
    const first = paths[at] as ConnectionPath | null;
    if (first?.isOf(client, dialled, served) === true) return first;
    const second = paths[at + 1] as ConnectionPath | null;
    const path = second?.isOf(client, dialled, served) === true ? second : new ConnectionPath(client, dialled, served);
    paths[at] = path;
    paths[at + 1] = first;
    return path;
  }
}

/** By the last words of the addresses of the tuples before and after NAT: paths that share these have one set. */
export function pathHash(words: Int32Array, before: number, after: number): number {
  const client = words[before + ADDRESS_WORDS - 1] as number;
  const dialled = words[before + PORTS_AT - 1] as number;
  const served = words[after + PORTS_AT - 1] as number;
  const ports = (destinationPort(words, before) << 16) | destinationPort(words, after);
  return mix(mix(mix(client, dialled), served), ports);
}
