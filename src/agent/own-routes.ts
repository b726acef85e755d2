// EDGE: this machine's routing tables.
import { closeSync, openSync, readSync } from "node:fs";
import { endianness } from "node:os";
import type { Route } from "../model/address-range.ts";
import { parseIpv4Routes, parseIpv6Routes } from "./routing-tables.ts";

/** Of each table. A node has a route for each other node; one that speaks BGP may have the whole Internet's. */
const MAX_BYTES = 1 << 20;
/** Longer than the tables of most nodes, and little to allocate for every read. */
const CHUNK_BYTES = 1 << 14;
const TABLES = ["/proc/net/route", "/proc/net/ipv6_route"] as const;

interface OwnRoutes {
  /** Routes of this machine with a next hop, default routes included. None where /proc is hidden. */
  readonly routes: readonly Route[];
  /** Tables that were read in part, a sentence each. */
  readonly problems: readonly string[];
}

export function ownRoutes(): OwnRoutes {
  const isLittleEndian = endianness() === "LE";
  const [ipv4, ipv6] = [begin(TABLES[0]), begin(TABLES[1])];
  const cut = TABLES.filter((_, i) => [ipv4, ipv6][i]?.isCut === true);
  return {
    routes: [...parseIpv4Routes(ipv4.text, isLittleEndian), ...parseIpv6Routes(ipv6.text)],
    problems: cut.map(
      (table) =>
        `${table} is longer than 1 MiB: routes after that are not read. Connections from a pod range that is only there may be reported by two nodes`,
    ),
  };
}

function begin(path: string): { readonly text: string; readonly isCut: boolean } {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let text = "";
  try {
    const file = openSync(path, "r");
    try {
      for (let read = -1; read !== 0 && text.length <= MAX_BYTES; text += chunk.toString("latin1", 0, read)) {
        read = readSync(file, chunk);
      }
    } finally {
      closeSync(file);
    }
  } catch {
    // A kernel without IPv6 has no table of it.
  }
  return { text: text.slice(0, MAX_BYTES), isCut: text.length > MAX_BYTES };
}
