// EDGE: this machine's routing tables.
import { closeSync, openSync, readSync } from "node:fs";
import { endianness } from "node:os";
import type { Route } from "../model/address-range.ts";
import { parseIpv4Routes, parseIpv6Routes } from "./routing-tables.ts";

/** Of each table. A node has a route for each other node; one that speaks BGP may have the whole Internet's. */
const MAX_BYTES = 1 << 20;

/** Routes of this machine with a next hop, default routes included. None where /proc is hidden. */
export function ownRoutes(): Route[] {
  const isLittleEndian = endianness() === "LE";
  return [
    ...parseIpv4Routes(begin("/proc/net/route"), isLittleEndian),
    ...parseIpv6Routes(begin("/proc/net/ipv6_route")),
  ];
}

function begin(path: string): string {
  const buffer = Buffer.alloc(MAX_BYTES);
  let length = 0;
  try {
    const file = openSync(path, "r");
    try {
      for (let read = -1; read !== 0 && length < MAX_BYTES; length += read) {
        read = readSync(file, buffer, length, MAX_BYTES - length, null);
      }
    } finally {
      closeSync(file);
    }
  } catch {
    // A kernel without IPv6 has no table of it.
  }
  return buffer.toString("latin1", 0, length);
}
