import assert from "node:assert/strict";
import { test } from "node:test";
import { type CaptureSample, captureFindings } from "../../src/doctor/capture.ts";
import { CLI } from "../support/cli/wirespan.ts";
import { networkNamespace } from "../support/network-namespace.ts";

const BOUND = { timeout: 60_000 };

const SAMPLE: CaptureSample = { device: "any", seconds: 5, connections: 1, lookups: 1, dropped: 0 };

const CASES: readonly { title: string; change: Partial<CaptureSample>; check: string; text: RegExp }[] = [
  {
    title: "packets dropped by the kernel",
    change: { dropped: 12 },
    check: "capture",
    text: /on any, but the kernel dropped 12 packets; give the agent more CPU time$/,
  },
  { title: "no lookup", change: { lookups: 0 }, check: "DNS", text: /^no lookup was observed in 5 s; make one, / },
  {
    title: "no connection",
    change: { connections: 0 },
    check: "connections",
    text: /^no TCP handshake was observed in 5 s; connect to a server, /,
  },
];
for (const { title, change, check, text } of CASES) {
  test(`${title}: that check warns, the others are ok`, () => {
    const findings = captureFindings({ ...SAMPLE, ...change });
    assert.deepEqual(
      findings.map(({ status }) => status),
      findings.map((finding) => (finding.check === check ? "warning" : "ok")),
    );
    assert.match(findings.find((finding) => finding.check === check)?.text ?? "", text);
  });
}

test("with traffic and without drops every check is ok", () => {
  assert.deepEqual(
    captureFindings(SAMPLE).map(({ status }) => status),
    ["ok", "ok", "ok"],
  );
});

/** Changes the hardware type of a TUN device. Linux has no command for this ioctl. */
const SET_LINK_TYPE = `
  my ($name, $type) = @ARGV;
  my ($TUNSETIFF, $TUNSETLINK, $IFF_TUN, $IFF_NO_PI) = (0x400454ca, 0x400454cd, 0x0001, 0x1000);
  open(my $tun, "+<", "/dev/net/tun") or die "/dev/net/tun: $!";
  my $request = pack("Z16 s x22", $name, $IFF_TUN | $IFF_NO_PI);
  ioctl($tun, $TUNSETIFF, $request) or die "TUNSETIFF: $!";
  ioctl($tun, $TUNSETLINK, int $type) or die "TUNSETLINK: $!";
`;
const ARPHRD_FDDI = "774";

test("a device with a link type that cannot be decoded fails the check, with a fix", BOUND, async (t) => {
  const namespace = networkNamespace(t);
  namespace.run("ip", "tuntap", "add", "fddi0", "mode", "tun");
  namespace.run("perl", "-e", SET_LINK_TYPE, "fddi0", ARPHRD_FDDI);
  namespace.run("ip", "link", "set", "fddi0", "up");
  const args = ["doctor", "--device", "fddi0", "--seconds", "0", "--no-kubernetes"];
  const stdout = await namespace.output(process.execPath, CLI, ...args);
  assert.match(stdout, /^failed {3}capture {7}fddi0 has link type 10, [^;]*; use --device any$/m);
  assert.doesNotMatch(stdout, /^\w+ +(DNS|connections) /m);
});
