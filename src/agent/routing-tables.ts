// Linux's routing tables as /proc has them.
import { canonicalAddress } from "../model/address.ts";
import type { Route } from "../model/address-range.ts";

/** RTF_UP, RTF_GATEWAY and RTF_REJECT of linux/route.h. */
const UP = 0x1;
const GATEWAY = 0x2;
const REJECT = 0x200;

/** Routes in the text of /proc/net/route. `isLittleEndian`: of the machine that wrote it. */
export function parseIpv4Routes(text: string, isLittleEndian: boolean): Route[] {
  const address = (hex = "") => {
    const bytes = hex.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? [];
    return (isLittleEndian ? bytes.toReversed() : bytes).join(".");
  };
  return wholeLines(text).flatMap((fields) => {
    const [, destination, gateway, flags, , , , mask = ""] = fields;
    if (!hasNextHop(flags)) return [];
    const bits = [...Number.parseInt(mask, 16).toString(2)].filter((bit) => bit === "1").length;
    return route(address(destination), bits, address(gateway));
  });
}

/** Routes in the text of /proc/net/ipv6_route. */
export function parseIpv6Routes(text: string): Route[] {
  const address = (hex = "") => hex.match(/..../g)?.join(":") ?? "";
  return wholeLines(text).flatMap((fields) => {
    const [destination, bits = "", , , gateway, , , , flags] = fields;
    return hasNextHop(flags) ? route(address(destination), Number.parseInt(bits, 16), address(gateway)) : [];
  });
}

function route(destination: string, bits: number, gateway: string): Route[] {
  const [prefix, nextHop] = [canonicalAddress(destination), canonicalAddress(gateway)];
  return prefix === null || nextHop === null || Number.isNaN(bits)
    ? []
    : [{ cidr: `${prefix}/${bits}`, gateway: nextHop }];
}

function hasNextHop(flags = ""): boolean {
  return (Number.parseInt(flags, 16) & (UP | GATEWAY | REJECT)) === (UP | GATEWAY);
}

/** The last line may be cut. */
function wholeLines(text: string): string[][] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => line.trim().split(/\s+/));
}
