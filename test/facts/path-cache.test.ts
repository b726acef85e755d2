import assert from "node:assert/strict";
import { test } from "node:test";
import { PathCache } from "../../src/facts/path-cache.ts";
import type { Endpoint } from "../../src/model/connection.ts";

const endpoint = (address: string, port = 80): Endpoint => ({ address, port });
const web = endpoint("10.96.0.1");
const api = endpoint("10.96.0.2");

test("connections of one path have one object, however their ends were made", () => {
  const paths = new PathCache();
  const path = paths.at("10.0.0.1", web, api, 7);
  assert.equal(paths.at("10.0.0.1", endpoint("10.96.0.1"), endpoint("10.96.0.2"), 7), path);
});

test("connections that differ in the client, in the destination or in a port have different paths, with one hash too", () => {
  const paths = new PathCache();
  const different: readonly (readonly [string, Endpoint, Endpoint])[] = [
    ["10.0.0.1", web, api],
    ["10.0.0.2", web, api],
    ["10.0.0.1", api, api],
    ["10.0.0.1", web, web],
    ["10.0.0.1", endpoint("10.96.0.1", 81), api],
    ["10.0.0.1", web, endpoint("10.96.0.2", 81)],
  ];
  assert.equal(new Set(different.map((ends) => paths.at(...ends, 7))).size, different.length);
});

test("of each hash, the two paths stay that were used last", () => {
  const paths = new PathCache();
  const [first, second] = [paths.at("10.0.0.1", web, web, 7), paths.at("10.0.0.2", web, web, 7)];
  assert.equal(paths.at("10.0.0.1", web, web, 7), first);
  paths.at("10.0.0.3", web, web, 7);
  assert.equal(paths.at("10.0.0.1", web, web, 7), first);
  assert.notEqual(paths.at("10.0.0.2", web, web, 7), second);
});
