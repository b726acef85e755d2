/**
 * ipaddr.js, required and not imported: an import of a CommonJS module has its whole source searched for the names that
 * it exports, which takes five times as long as running it.
 */
import { createRequire } from "node:module";
import type imported from "ipaddr.js";

export const ipaddr: typeof imported = createRequire(import.meta.url)("ipaddr.js");

export type IpAddress = imported.IPv4 | imported.IPv6;
