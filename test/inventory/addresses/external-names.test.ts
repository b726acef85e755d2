import assert from "node:assert/strict";
import { test } from "node:test";
import { EdgeStore } from "../../../src/graph/store/edge-store.ts";
import { ExternalNames } from "../../../src/inventory/addresses/external-names.ts";
import { threeNodes } from "../../support/cluster/cluster-objects.ts";
import { connection, lines, lookup, reported } from "../../support/cluster/watched-cluster.ts";

const RESERVED = ["external", "~other", "node", "unresolved"];

test("a DNS name equal to a reserved node of the graph is written with the root's dot", () => {
  for (const name of RESERVED) {
    const facts = [
      lookup({ at: 1, from: "10.0.0.1", name, to: ["192.0.2.1"] }),
      connection({ at: 2, from: "10.0.0.1", to: "192.0.2.1:443" }),
    ];
    assert.deepEqual(lines({}, facts), [`unresolved:10.0.0.1 -> external:${name}. established ${name}`]);
  }
});

test("a failed lookup of such a name gets the root's dot as well", () => {
  for (const name of RESERVED) {
    const facts = [lookup({ at: 1, from: "192.168.0.1", name, rcode: 3 })];
    const [line = ""] = lines({ objects: threeNodes() }, facts);
    assert.match(line, new RegExp(`-> external:${name}\\. host_not_found`), line);
  }
});

test("the reserved nodes keep their names beside it", () => {
  const names = new ExternalNames();
  assert.deepEqual([names.named("a").type, names.named("~other")], ["external", { type: "external", name: "~other." }]);
  assert.deepEqual(names.at("192.0.2.1"), { type: "external", name: "external" });
  const facts = [
    lookup({ at: 1, from: "192.168.0.1", name: "external", to: ["192.0.2.1"] }),
    connection({ at: 2, from: "192.168.0.1", to: "192.0.2.1:443" }),
    connection({ at: 3, from: "192.168.0.1", to: "198.51.100.1:443" }),
  ];
  const store = new EdgeStore({ singleUnresolved: true });
  for (const { interaction } of reported({ objects: threeNodes() }, facts)) store.add(interaction);
  const ids = store.graph().nodes.map(({ id }) => id);
  assert.deepEqual(ids, ["external//external", "external//external.", "node//node"]);
});
