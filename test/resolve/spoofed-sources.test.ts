import assert from "node:assert/strict";
import { test } from "node:test";
import { FactReader } from "../../src/facts/fact-reader.ts";
import { LinkType } from "../../src/model/packet.ts";
import { TcpFlag } from "../../src/model/tcp-segment.ts";
import { Sensor } from "../../src/sensor/sensor.ts";
import { added, deleted, micros, pod, threeNodes } from "../support/cluster/cluster-objects.ts";
import { lineOf, pipelineOf, type WatchedCluster } from "../support/cluster/watched-cluster.ts";
import {
  dnsBytes,
  type IpPayload,
  ipv4,
  ipv6,
  type Link,
  linuxSll,
  linuxSll2,
  packetOf,
  tcp,
  udp,
} from "../support/packet-builder.ts";

const [WEB, API, EVIL, REMOTE, SELF] = ["10.244.1.5", "10.244.1.6", "10.244.1.66", "10.244.2.7", "192.168.0.1"];
const SERVER = "203.0.113.9";
const objects = [
  ...threeNodes(),
  pod("shop/web", { ip: WEB }),
  pod("shop/api", { ip: API }),
  pod("shop/evil", { ip: EVIL }),
  pod("shop/silent", { ip: "10.244.1.8" }),
  pod("shop/remote", { ip: REMOTE, node: "b" }),
];
const here: WatchedCluster = { objects, node: "a" };

/** The link of each pod; packets of other nodes and from outside arrive on `router`. */
const LINKS = {
  web: { mac: "0a:58:0a:f4:01:05", interfaceIndex: 11 },
  api: { mac: "0a:58:0a:f4:01:06", interfaceIndex: 12 },
  evil: { mac: "0a:58:0a:f4:01:42", interfaceIndex: 13 },
  router: { mac: "02:00:00:00:00:01", interfaceIndex: 2 },
  second: { mac: "0a:58:0a:f4:09:05", interfaceIndex: 21 },
} as const satisfies Record<string, Link>;

type Cooked = "SLL" | "SLL2";

interface Addresses {
  readonly source: string;
  readonly destination: string;
}

interface TestQuery {
  readonly name: string;
  readonly server: string;
  /** Address in the answer. */
  readonly to?: string;
}

/** A capture of one node: frames in order of time. */
class Capture {
  readonly #cooked: Cooked;
  readonly #frames: { timeMicros: number; bytes: Uint8Array }[] = [];
  #sequence = 1;

  constructor(cooked: Cooked) {
    this.#cooked = cooked;
  }

  /** An established connection; the SYN arrives on `link`. */
  connect(at: number, from: string, link: Link, to = SERVER): this {
    const sequence = this.#sequence++ * 1_000_003;
    const ports = { sourcePort: 40_000 + this.#sequence, destinationPort: 443 };
    const back = { sourcePort: 443, destinationPort: ports.sourcePort };
    this.#add(at, 0, { source: from, destination: to }, tcp({ ...ports, flags: TcpFlag.syn, sequence }), link);
    this.#add(
      at + 0.001,
      4,
      { source: to, destination: from },
      tcp({ ...back, flags: 0x12, sequence: 5, acknowledgement: sequence + 1 }),
      {},
    );
    return this;
  }

  /** A DNS query and its answer; the query arrives on `link`. */
  query(at: number, from: string, link: Link, { name, server, to = SERVER }: TestQuery): this {
    const message = { id: 7, questions: [{ type: "A" as const, name }] };
    const answers = [{ type: "A", name, ttl: 30, data: to }] as const;
    this.#add(
      at,
      0,
      { source: from, destination: server },
      udp(41_000, 53, dnsBytes({ type: "query", ...message })),
      link,
    );
    const answer = dnsBytes({ type: "response", ...message, answers: [...answers] });
    this.#add(at + 0.001, 4, { source: server, destination: from }, udp(53, 41_000, answer), {});
    return this;
  }

  /** Lines of the interactions, and the number of facts with a spoofed source. */
  run(cluster: WatchedCluster): { readonly lines: string[]; readonly spoofed: number } {
    const lines: string[] = [];
    const pipeline = pipelineOf(cluster, (one) => lines.push(lineOf(one)));
    const reader = new FactReader(pipeline);
    const sensor = new Sensor({ dnsPorts: [53] }, (batch) => reader.read(batch));
    const linkType = this.#cooked === "SLL" ? LinkType.linuxSll : LinkType.linuxSll2;
    for (const { timeMicros, bytes } of this.#frames) {
      sensor.tick(timeMicros);
      sensor.packet(packetOf(bytes, { timeMicros, linkType }));
    }
    sensor.tick((this.#frames.at(-1)?.timeMicros ?? 0) + 20e6);
    sensor.finish();
    pipeline.finish();
    return { lines, spoofed: pipeline.resolveCounters().ignored.spoofed_source };
  }

  #add(at: number, packetType: number, addresses: Addresses, payload: IpPayload, link: Link): void {
    const ip = (addresses.source.includes(":") ? ipv6 : ipv4)(addresses, payload);
    const bytes = (this.#cooked === "SLL" ? linuxSll : linuxSll2)(packetType, ip, link);
    this.#frames.push({ timeMicros: micros(at), bytes });
  }
}

for (const cooked of ["SLL", "SLL2"] as const) {
  const { web, api, evil, router, second } = LINKS;
  const capture = () => new Capture(cooked);
  /** Both pods were seen on their own links. */
  const begun = () => capture().connect(1, WEB, web).connect(2, EVIL, evil);

  test(`a SYN with the address of another pod is ignored and counted (${cooked})`, () => {
    const { lines, spoofed } = begun().connect(3, WEB, evil, REMOTE).connect(4, WEB, web, REMOTE).run(here);
    assert.equal(spoofed, 1);
    assert.deepEqual(lines, [
      "shop/web -> external:external established",
      "shop/evil -> external:external established",
      "shop/web -> shop/remote established",
    ]);
  });

  test(`a query with the address of another pod names none of its connections (${cooked})`, () => {
    const run = begun().query(3, WEB, web, { name: "api.example.com", server: "192.0.2.53" });
    const { lines, spoofed } = run
      .query(3.5, WEB, evil, { name: "evil.example.net", server: EVIL })
      .connect(4, WEB, web)
      .run(here);
    assert.equal(spoofed, 1);
    assert.equal(lines.at(-1), "shop/web -> external:api.example.com established api.example.com");
    assert.ok(!lines.join().includes("evil.example.net"));
  });

  test(`a spoofed source is accepted only until its pod is seen on its own link (${cooked})`, () => {
    const run = capture().connect(1, EVIL, evil).connect(2, WEB, evil).connect(3, WEB, web).connect(4, WEB, evil);
    // A link-layer address may be spoofed too, so it does not outweigh the link of the first packet.
    assert.equal(run.run(here).spoofed, cooked === "SLL2" ? 1 : 0);
  });

  test(`the address of the node on the link of a pod is spoofed (${cooked})`, () => {
    const { lines, spoofed } = begun()
      .query(3, SELF, evil, { name: "evil.example.net", server: EVIL })
      .connect(4, SELF, evil, WEB)
      .run(here);
    assert.equal(spoofed, 2);
    assert.equal(lines.length, 2);
  });

  for (const [name, run, count] of [
    ["all pods share one link", capture().connect(1, WEB, api).connect(2, EVIL, api).connect(3, WEB, api), 3],
    ["one pod has a second interface", begun().connect(3, WEB, second).connect(4, WEB, web).connect(5, WEB, second), 5],
    [
      "pods with links of their own have a second one together",
      begun().connect(3, EVIL, second).connect(4, WEB, second).connect(5, WEB, web).connect(6, WEB, second),
      6,
    ],
    ["a pod comes back by the router", begun().connect(3, REMOTE, router).connect(4, WEB, router), 3],
    [
      "pods of another node share the router with the world",
      begun().connect(3, REMOTE, router).connect(4, SERVER, router, WEB).connect(5, REMOTE, second, WEB),
      3,
    ],
    ["the capture says nothing of the link", capture().connect(1, WEB, {}).connect(2, EVIL, {}).connect(3, WEB, {}), 3],
  ] as const) {
    test(`every source is accepted where ${name} (${cooked})`, () => {
      const { lines, spoofed } = run.run(here);
      assert.deepEqual([spoofed, lines.length], [0, count], lines.join("\n"));
    });
  }

  test(`without a node every source is accepted (${cooked})`, () => {
    assert.equal(begun().connect(3, WEB, evil).run({ objects, node: null }).spoofed, 0);
  });

  test(`a pod that takes over an address, on a new link or on that of its predecessor, is accepted (${cooked})`, () => {
    for (const link of [second, web]) {
      const first = pod("shop/web", { ip: WEB });
      const heir = pod("shop/heir", { ip: WEB });
      const cluster: WatchedCluster = {
        objects: objects.filter(({ metadata }) => metadata?.name !== "web"),
        events: [added(0, first), deleted(10, first), added(11, heir)],
        node: "a",
      };
      const run = begun().connect(3, WEB, web).connect(20, WEB, link).connect(21, EVIL, evil).connect(22, WEB, link);
      const { lines, spoofed } = run.connect(23, WEB, evil).run(cluster);
      assert.equal(spoofed, 1);
      assert.equal(lines.filter((line) => line.startsWith("shop/heir")).length, 2, lines.join("\n"));
    }
  });

  test(`a pod has one link for IPv4 and IPv6 (${cooked})`, () => {
    const [v6, evil6] = ["fd00:10:244:1::5", "fd00:10:244:1::66"];
    const dual = [...threeNodes(), pod("shop/web", { ip: [WEB, v6] }), pod("shop/evil", { ip: [EVIL, evil6] })];
    const run = capture()
      .connect(1, WEB, web)
      .connect(2, v6, web, "2001:db8::9")
      .connect(3, evil6, evil, "2001:db8::9");
    const { lines, spoofed } = run.connect(4, WEB, evil).run({ objects: dual, node: "a" });
    assert.deepEqual([spoofed, lines.length], [1, 3], lines.join("\n"));
  });

  test(`a spoofed source is accepted only until its pod is seen on its own link with any address (${cooked})`, () => {
    const v6 = "fd00:10:244:1::5";
    const dual = [...threeNodes(), pod("shop/web", { ip: [WEB, v6] }), pod("shop/evil", { ip: EVIL })];
    const run = capture().connect(1, EVIL, evil).connect(2, WEB, evil).connect(3, WEB, evil);
    run.connect(4, v6, web, "2001:db8::9").connect(5, WEB, evil);
    assert.equal(run.run({ objects: dual, node: "a" }).spoofed, cooked === "SLL2" ? 1 : 0);
  });

  test(`spoofed link-layer addresses do not make a pod's own packets count as spoofed (${cooked})`, () => {
    const run = begun();
    // With the victim's address on an unused link, and with the address of a silent pod on the victim's link.
    run.connect(3, WEB, { ...evil, mac: "02:00:00:00:00:99" }).connect(4, "10.244.1.8", { ...evil, mac: web.mac });
    const { lines } = run.connect(5, WEB, web, REMOTE).run(here);
    assert.equal(lines.at(-1), "shop/web -> shop/remote established");
  });
}
