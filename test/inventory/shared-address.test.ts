import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SharedAddress } from "../../src/inventory/shared-address.ts";
import type { ServiceRecord } from "../../src/kubernetes/objects/kubernetes-objects.ts";
import { trimObject } from "../../src/kubernetes/objects/trim-object.ts";
import { service } from "../support/cluster/cluster-objects.ts";

const PORTS = [80, 443, 8080];

function recordOf(name: number, ports: readonly number[]): ServiceRecord {
  const record = trimObject(service(`shop/s${name}`, { ports: ports.map((port) => ({ port, protocol: "TCP" })) }));
  assert.ok(record?.kind === "Service");
  return record;
}

const records = fc.array(fc.subarray(PORTS), { minLength: 2, maxLength: 12 });

test("of the Services of one address, the one that was added first is found, on each port and on none", () => {
  fc.assert(
    fc.property(records, fc.array(fc.nat(), { maxLength: 30 }), (ports, steps) => {
      const services = ports.map((of, i) => recordOf(i, of));
      const [only] = services;
      assert.ok(only);
      const shared = new SharedAddress(only);
      let listed = [only];
      for (const step of [0, ...steps]) {
        const each = services[step % services.length] ?? only;
        if (listed.includes(each)) {
          if (listed.length === 1) continue;
          listed = listed.filter((other) => other !== each);
          shared.delete(each);
        } else {
          listed.push(each);
          shared.add(each);
        }
        assert.deepEqual([shared.size, shared.first], [listed.length, listed[0]]);
        for (const port of PORTS) {
          assert.equal(shared.on(port), listed.find((one) => one.ports.includes(port)) ?? null);
        }
      }
    }),
  );
});
