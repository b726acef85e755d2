import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { OpenConnections } from "../../src/telemetry/open-connections.ts";

class Connection extends EventEmitter {
  readonly remoteAddress: string;
  isOpen = true;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    this.isOpen = false;
    this.emit("close");
  }
}

test("the newest connection is always served, and the oldest of the peer with the most is closed", () => {
  const open = new OpenConnections(4);
  const add = (peer: string) => {
    const connection = new Connection(peer);
    open.add(connection);
    return connection;
  };
  const kept = add("kubelet");
  const greedy = Array.from({ length: 10 }, () => add("greedy"));
  assert.deepEqual(
    greedy.map(({ isOpen }) => isOpen),
    greedy.map((_, i) => i >= 7),
  );
  assert.ok(kept.isOpen);
  assert.equal(open.dropped, 7);
  const probe = add("other");
  assert.ok(probe.isOpen && kept.isOpen);
  assert.equal(greedy.filter(({ isOpen }) => isOpen).length, 2);
});

test("a closed connection does not count towards the limit", () => {
  const open = new OpenConnections(2);
  const connections = Array.from({ length: 5 }, () => new Connection("peer"));
  for (const connection of connections) {
    open.add(connection);
    connection.destroy();
  }
  const later = [new Connection("peer"), new Connection("peer")];
  for (const connection of later) open.add(connection);
  assert.ok(later.every(({ isOpen }) => isOpen));
  assert.equal(open.dropped, 0);
});
