import assert from "node:assert/strict";
import { test } from "node:test";
import { PortSet } from "../../../src/decode/network/port-set.ts";

test("a set has its ports and no others", () => {
  const ports = [0, 53, 5353, 65535];
  const set = new PortSet(ports);
  const all = Array.from({ length: 65536 }, (_, port) => port);
  assert.deepEqual(
    all.filter((port) => set.has(port)),
    ports,
  );
});
