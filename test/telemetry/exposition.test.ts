import assert from "node:assert/strict";
import { test } from "node:test";
import { writeExposition } from "../../src/telemetry/exposition.ts";
import { parseListenAddress } from "../../src/telemetry/listen-address.ts";

test("a metric has a help line, a type line and a line for each sample; one without samples is omitted", () => {
  const text = writeExposition([
    { name: "a_total", type: "counter", help: "Of a.", samples: [{ labels: {}, value: 3 }] },
    { name: "none", type: "gauge", help: "Nothing.", samples: [] },
    {
      name: "b",
      type: "gauge",
      help: "Of b\\c,\nand more.",
      samples: [{ labels: { name: 'q"\\\n', kind: "x" }, value: 0.5 }],
    },
  ]);
  assert.equal(
    text,
    '# HELP a_total Of a.\n# TYPE a_total counter\na_total 3\n# HELP b Of b\\\\c,\\nand more.\n# TYPE b gauge\nb{name="q\\"\\\\\\n",kind="x"} 0.5\n',
  );
});

test("a bare port binds to localhost, a port after a colon to every address", () => {
  const hostOf = (text: string) => {
    const address = parseListenAddress(text);
    return address.type === "port" ? [address.host, address.port] : address.path;
  };
  assert.deepEqual(hostOf("9464"), ["127.0.0.1", 9464]);
  assert.deepEqual(hostOf(":9464"), [null, 9464]);
  assert.deepEqual(hostOf("10.0.0.5:80"), ["10.0.0.5", 80]);
  assert.deepEqual(hostOf("[::1]:0"), ["::1", 0]);
  // As a chart writes it that does not know which family the address is of.
  assert.deepEqual(hostOf("[10.0.0.5]:80"), ["10.0.0.5", 80]);
  assert.deepEqual(hostOf("unix:/run/wirespan/a.sock"), "/run/wirespan/a.sock");
});

for (const wrong of ["", "x", "9464x", "localhost", "65536", "::1:9464", "http://h:1", "[::1]", "unix:"]) {
  test(`--listen ${JSON.stringify(wrong)} is rejected with a fix`, () => {
    assert.throws(() => parseListenAddress(wrong), /expected \[ADDRESS:\]PORT, such as 9464 /);
  });
}
