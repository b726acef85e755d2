import assert from "node:assert/strict";
import { test } from "node:test";
import { micros, pod, threeNodes } from "../support/cluster/cluster-objects.ts";
import {
  connection,
  type Fact,
  type LookupOptions,
  lineOf,
  lookup,
  pipelineOf,
  type WatchedCluster,
} from "../support/cluster/watched-cluster.ts";

const WEB = "10.244.1.5";
const here: WatchedCluster = { objects: [...threeNodes(), pod("shop/web", { ip: WEB })], node: "a" };
const NODE = "192.168.0.1";
const CACHE = "169.254.20.10";
const UPSTREAM = "203.0.113.53";

/** An answer to a question of the time before the capture. */
function unasked(options: LookupOptions): Fact {
  return lookup({ resolver: null, responder: "10.96.0.10", isAsked: false, ...options });
}

/** What a capture that begins `at` seconds before the facts reports, and how many facts it cannot decide. */
function reported(beforeSeconds: number, facts: readonly Fact[], endSeconds = 30): readonly [string[], number] {
  const lines: string[] = [];
  const pipeline = pipelineOf(here, (interaction) => lines.push(lineOf(interaction)));
  pipeline.time(micros(1 - beforeSeconds));
  for (const fact of facts) fact.feed(pipeline);
  for (let at = 2; at <= endSeconds; at++) pipeline.time(micros(at));
  pipeline.finish();
  return [lines, pipeline.resolveCounters().ignored.unfinished];
}

const CASES: readonly {
  title: string;
  facts: readonly Fact[];
  atStart: readonly [string[], number];
  later: string[];
}[] = [
  {
    title:
      "a lookup of AAAA whose client asked for A before is unfinished: the connection goes where the other answer says",
    facts: [
      unasked({ at: 1, from: WEB, name: "api.example.com", to: ["203.0.113.9"] }),
      lookup({ at: 1.001, from: WEB, name: "api.example.com", type: "AAAA", to: ["2001:db8::9"] }),
      connection({ at: 1.01, from: WEB, to: "203.0.113.9" }),
    ],
    atStart: [["shop/web -> external:external established"], 1],
    later: [
      "shop/web -> external:external established",
      "shop/web -> external:api.example.com resolved api.example.com",
    ],
  },
  {
    title:
      "a question upstream is no lookup of the node where its DNS cache answers such a question of the time before",
    facts: [
      lookup({ at: 1, from: NODE, name: "gone.example.com", rcode: 3, resolver: UPSTREAM }),
      unasked({ at: 1.001, from: WEB, name: "gone.example.com", rcode: 3, responder: CACHE }),
      lookup({ at: 1.1, from: NODE, name: "api.example.com", to: ["203.0.113.9"], resolver: UPSTREAM }),
      unasked({ at: 1.101, from: WEB, name: "api.example.com", to: ["203.0.113.9"], responder: CACHE }),
      lookup({ at: 1.2, from: NODE, name: "many.example.com", isTruncated: true, resolver: UPSTREAM }),
      unasked({ at: 1.201, from: WEB, name: "many.example.com", to: ["203.0.113.9"], responder: CACHE }),
    ],
    atStart: [[], 3],
    later: [
      "node:a -> external:gone.example.com host_not_found gone.example.com",
      "node:a -> external:many.example.com try_again many.example.com",
      "node:a -> external:api.example.com resolved api.example.com",
    ],
  },
  {
    title: "a search whose first queries were sent before counts by the name without suffix alone",
    facts: [
      lookup({ at: 1, from: WEB, name: "nosuch.example.com.eu-west-1.compute.internal", rcode: 3 }),
      lookup({ at: 1.01, from: WEB, name: "nosuch.example.com", rcode: 3 }),
    ],
    atStart: [["shop/web -> external:nosuch.example.com host_not_found nosuch.example.com"], 0],
    later: [
      "shop/web -> external:nosuch.example.com.eu-west-1.compute.internal host_not_found nosuch.example.com.eu-west-1.compute.internal",
      "shop/web -> external:nosuch.example.com host_not_found nosuch.example.com",
    ],
  },
];
for (const { title, facts, atStart, later } of CASES) {
  test(`D2: at the start of a capture, ${title}; not later, when nothing is open from before`, () => {
    for (const endSeconds of [3, 5, 8, 30]) assert.deepEqual(reported(0.5, facts, endSeconds), atStart);
    assert.deepEqual(reported(6, facts), [later, 0]);
  });
}
