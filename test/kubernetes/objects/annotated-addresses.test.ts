import assert from "node:assert/strict";
import { test } from "node:test";
import {
  annotatedNodeAddresses,
  annotatedRanges,
  annotatedRouterAddresses,
  networkStatusAddresses,
} from "../../../src/kubernetes/objects/annotated-addresses.ts";

const OVN = "k8s.ovn.org";

for (const [what, annotations, expected] of [
  ["one address", { "network.cilium.io/ipv4-cilium-host": "10.0.1.7" }, ["10.0.1.7"]],
  ["a prefix length", { "projectcalico.org/IPv4Address": "172.18.0.9/16" }, ["172.18.0.9"]],
  [
    "a comma-separated list",
    { "ovn.kubernetes.io/ip_address": "100.64.0.2, fd00:64::2" },
    ["100.64.0.2", "fd00:64::2"],
  ],
  ["a list in JSON", { [`${OVN}/host-cidrs`]: '["192.168.1.2/24","fd00::2/64"]' }, ["192.168.1.2", "fd00::2"]],
  ["a map in JSON", { [`${OVN}/node-primary-ifaddr`]: '{"ipv4":"192.168.1.2/24"}' }, ["192.168.1.2"]],
  [
    "the management port, the second address of each subnet of the default network",
    { [`${OVN}/node-subnets`]: '{"default":["10.128.2.0/23","fd01:0:0:2::/64"],"blue":["10.128.2.0/24"]}' },
    ["10.128.2.2", "fd01:0:0:2::2"],
  ],
  ["a single subnet, as in older versions", { [`${OVN}/node-subnets`]: '{"default":"10.128.2.0/23"}' }, ["10.128.2.2"]],
  ["truncated JSON", { [`${OVN}/node-subnets`]: '{"default":["10.1' }, []],
  ["JSON of another shape", { [`${OVN}/node-subnets`]: '[["10.128.2.0/23"]]' }, []],
  ["a value that is not text", { [`${OVN}/node-subnets`]: 7 }, []],
] as const) {
  test(`N13: addresses of a node in an annotation: ${what}`, () => {
    assert.deepEqual(annotatedNodeAddresses(annotations), expected);
  });
}

for (const [name, value] of [
  ["node-gateway-router-lrp-ifaddr", '{"ipv4":"100.64.0.5/16","ipv6":"fd98::5/64"}'],
  ["node-gateway-router-lrp-ifaddrs", '{"default":{"ipv4":"100.64.0.5/16","ipv6":"fd98::5/64"}}'],
  ["node-gateway-router-lrp-ifaddrs", '{"default":"100.64.0.5/16","blue":"fd98::5/64"}'],
] as const) {
  test(`N13: a node's router in ${name}: ${value}`, () => {
    assert.deepEqual(annotatedRouterAddresses({ [`${OVN}/${name}`]: value }), ["100.64.0.5", "fd98::5"]);
  });
}

test("N13: pod ranges in annotations", () => {
  assert.deepEqual(annotatedRanges({ [`${OVN}/node-subnets`]: '{"default":["10.128.2.0/23"]}' }), ["10.128.2.0/23"]);
  assert.deepEqual(annotatedRanges({ "network.cilium.io/ipv4-pod-cidr": "10.0.1.0/24" }), ["10.0.1.0/24"]);
});

test("N13: addresses of a pod's secondary interfaces, under the newer and the older name of the annotation", () => {
  const status = '[{"name":"cbr0","ips":["10.244.1.9"],"default":true},{"name":"telco/net1","ips":["172.30.5.7"]},{}]';
  for (const name of ["network-status", "networks-status"]) {
    assert.deepEqual(networkStatusAddresses({ [`k8s.v1.cni.cncf.io/${name}`]: status }), ["10.244.1.9", "172.30.5.7"]);
  }
  for (const broken of ["", "[", "{}", '"172.30.5.7"', '[{"ips":"172.30.5.7"}]', "[null]"]) {
    assert.deepEqual(networkStatusAddresses({ "k8s.v1.cni.cncf.io/network-status": broken }), []);
  }
});

test("of the addresses that a pod's owner writes as those of its interfaces, a bounded number counts", () => {
  const ips = Array.from({ length: 10_000 }, (_, i) => `172.30.${i >> 8}.${i & 255}`);
  const found = networkStatusAddresses({ "k8s.v1.cni.cncf.io/network-status": JSON.stringify([{ ips }]) });
  assert.deepEqual(found, ips.slice(0, 64));
});
