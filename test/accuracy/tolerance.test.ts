import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestReport, type TruthLine } from "../../scripts/accuracy/truth.ts";
import type { Interaction } from "../../src/model/interaction.ts";

const SECONDS = 1_795_000_000;
const LINE: TruthLine = {
  t: SECONDS,
  case: "shop",
  kind: "connection",
  name: null,
  client: { namespace: "shop", workload: "web" },
  client_addr: ["10.0.0.1", 40_000],
  outcome: "ok",
  expect: null,
};

function isFound(line: TruthLine, seconds: number): boolean {
  const clientAddress = { address: "10.0.0.1", port: 40_000 };
  const report = { timeMicros: (SECONDS + seconds) * 1e6, outcome: "established", clientAddress } as Interaction;
  return nearestReport(line, new Set([report]), () => true) !== null;
}

test("a report may be a second away where it has the client's port, else 30 ms from the time of its connect()", () => {
  const { client_addr, ...unknown } = LINE;
  const slow: TruthLine = { ...LINE, client: { node: "a", hostNetwork: true }, client_addr: ["10.0.0.1", 40_001] };
  const masqueraded: TruthLine = { ...LINE, client: { external: "~outside" }, client_addr: ["10.0.0.1", 40_001] };
  const outside: TruthLine = { ...LINE, client: { external: "~outside" } };
  for (const line of [LINE, outside]) {
    assert.deepEqual(
      [0.02, 0.9, 1.1].map((seconds) => isFound(line, seconds)),
      [true, true, false],
    );
  }
  for (const line of [unknown, masqueraded]) {
    assert.deepEqual(
      [0.02, 0.04].map((seconds) => isFound(line, seconds)),
      [true, false],
    );
  }
  assert.deepEqual(
    [-0.04, 0.08, 0.12].map((seconds) => isFound({ ...slow, t_connected: SECONDS + 0.06 }, seconds)),
    [false, true, false],
  );
});
