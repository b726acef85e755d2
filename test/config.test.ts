import assert from "node:assert/strict";
import { test } from "node:test";
import { type CommonOptions, readSettings } from "../src/config.ts";
import { ConfigError } from "../src/model/errors.ts";

function settings(options: Partial<CommonOptions>) {
  return readSettings({ clusterDomain: "cluster.local", ...options });
}

/** One sentence with the given value and the fix. */
function isOneSentence(error: unknown, ...parts: readonly string[]): boolean {
  assert.ok(error instanceof ConfigError);
  assert.ok(!error.message.includes("\n"), error.message);
  for (const part of parts) assert.ok(error.message.includes(part), `${error.message} lacks ${part}`);
  return true;
}

test("agents are a set of names, with or without spaces; null if not given", () => {
  assert.equal(settings({}).agents, null);
  assert.deepEqual(settings({ agents: ["a, b,a"] }).agents, new Set(["a", "b"]));
});

for (const text of ["", ",", "a,", "a,,b", "  "]) {
  test(`agents ${JSON.stringify(text)} are rejected`, () => {
    assert.throws(
      () => settings({ agents: [text] }),
      (error) => isOneSentence(error, "--agents", JSON.stringify(text)),
    );
  });
}

test("a named range is an IPv4 or IPv6 range and a name, which may contain an equals sign", () => {
  const given = ["10.1.0.0/16=office", "2001:db8::/32=a=b"];
  assert.deepEqual(settings({ externalCidr: given }).externalCidrs, [
    { cidr: "10.1.0.0/16", name: "office" },
    { cidr: "2001:db8::/32", name: "a=b" },
  ]);
});

for (const text of [
  "",
  "10.1.0.0/16",
  "10.1.0.0/16=",
  "=office",
  "10.1.0.0=office",
  "10.1.0.0/33=x",
  "fd00::/129=x",
  "fd00::g/64=x",

  "office=10.1.0.0/16",
]) {
  test(`the named range ${JSON.stringify(text)} is rejected`, () => {
    assert.throws(
      () => settings({ externalCidr: ["10.2.0.0/16=lab", text] }),
      (error) => isOneSentence(error, "--external-cidr", JSON.stringify(text), "10.1.0.0/16=office"),
    );
  });
}

test("a range with an abbreviated address is rejected", () => {
  assert.throws(
    () => settings({ externalCidr: ["10.1/16=office"] }),
    (error) => isOneSentence(error, "--external-cidr"),
  );
});

test("DNS ports are 53 and the given ones, each once", () => {
  assert.deepEqual(settings({}).dnsPorts, [53]);
  assert.deepEqual(settings({ dnsPort: ["5353", "53", "5353", "65535"] }).dnsPorts, [53, 5353, 65_535]);
});

for (const text of ["", "0", "65536", "-53", "5353x", "0x35", "53.0", " 53", "1e3", "dns"]) {
  test(`the DNS port ${JSON.stringify(text)} is rejected`, () => {
    assert.throws(
      () => settings({ dnsPort: [text] }),
      (error) => isOneSentence(error, "--dns-port", JSON.stringify(text), "5353"),
    );
  });
}

test("the cluster domain is a DNS domain, with or without a trailing dot", () => {
  assert.equal(settings({ clusterDomain: "k8s.example.org." }).clusterDomain, "k8s.example.org");
});

for (const text of ["", ".", "a..b", ".local", "cluster local", `${"x".repeat(64)}.local`]) {
  test(`the cluster domain ${JSON.stringify(text)} is rejected`, () => {
    assert.throws(
      () => settings({ clusterDomain: text }),
      (error) => isOneSentence(error, "--cluster-domain", JSON.stringify(text), "cluster.local"),
    );
  });
}

test("an empty node name is rejected", () => {
  assert.throws(
    () => settings({ node: "" }),
    (error) => isOneSentence(error, "--node"),
  );
});
