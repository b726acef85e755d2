import assert from "node:assert/strict";
import { BlockList } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { ADDRESS_WORDS, addressText, parseAddressInto } from "../../src/model/address.ts";
import { AddressRange } from "../../src/model/address-range.ts";

function isIn(cidr: string, address: string): boolean | undefined {
  const words = new Int32Array(ADDRESS_WORDS);
  assert.ok(parseAddressInto(address, words, 0));
  return AddressRange.parse(cidr)?.contains(words, 0);
}

for (const [cidr, address, expected] of [
  ["10.244.1.0/24", "10.244.1.255", true],
  ["10.244.1.0/24", "10.244.2.0", false],
  ["10.244.1.77/24", "10.244.1.1", true],
  ["0.0.0.0/0", "203.0.113.9", true],
  ["0.0.0.0/0", "2001:db8::1", false],
  ["::/0", "2001:db8::1", true],
  ["::/0", "10.0.0.1", false],
  ["::ffff:10.0.0.0/104", "10.1.2.3", true],
  ["192.0.2.1/32", "192.0.2.1", true],
  ["192.0.2.1/32", "192.0.2.0", false],
  ["fd00:10:244::/48", "fd00:10:244:ffff::1", true],
  ["fd00:10:244::/48", "fd00:10:245::", false],
  ["10.0.0.0/33", "10.0.0.0", undefined],
  ["fd00::/129", "fd00::", undefined],
  ["10.0.0.0", "10.0.0.0", undefined],
  ["10.0.0.0/8/8", "10.0.0.0", undefined],
  ["fe80::%eth0/10", "fe80::1", true],
  ["10.1/16", "10.1.0.0", undefined],
  ["nonsense/8", "10.0.0.0", undefined],
  ["10.0.0.0/", "10.0.0.0", undefined],
] as const) {
  test(`${address} in ${cidr}: ${expected ?? "not a range"}`, () => assert.equal(isIn(cidr, address), expected));
}

test("any range contains the same addresses as in Node", () => {
  const words = fc.int32Array({ minLength: ADDRESS_WORDS, maxLength: ADDRESS_WORDS });
  fc.assert(
    fc.property(words, fc.boolean(), fc.nat(128), fc.nat(127), (around, isIpv4, prefix, flipped) => {
      const other = Int32Array.from(around);
      other[flipped >> 5] = (other[flipped >> 5] ?? 0) ^ (1 << (flipped & 31));
      for (const each of isIpv4 ? [around, other] : []) each.set([0, 0, 0xffff]);
      const bits = isIpv4 ? prefix % 33 : prefix;
      const [network, address] = [addressText(around, 0), addressText(other, 0)];
      const family = isIpv4 ? "ipv4" : "ipv6";
      const range = new BlockList();
      range.addSubnet(network, bits, family);
      const expected = range.check(address, family);
      assert.equal(isIn(`${network}/${bits}`, address), expected, `${address} in ${network}/${bits}`);
    }),
  );
});
