/** dns-packet's decoder, required and not imported for the same reason as ipaddr.js: see ../model/ipaddr.ts. */
import { createRequire } from "node:module";
import type * as imported from "dns-packet";

export const { decode }: Pick<typeof imported, "decode"> = createRequire(import.meta.url)("dns-packet");
