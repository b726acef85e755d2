import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { domainToASCII } from "node:url";
import fc from "fast-check";
import { parse } from "yaml";
import { intentsOf } from "../../../src/access/intents/intents.ts";
import { INTENTS_VERSIONS, intentsDocuments } from "../../../src/access/intents/intents-documents.ts";
import type { End } from "../../../src/model/interaction.ts";
import type { ServiceGraph } from "../../../src/model/service-graph.ts";
import { call, graphOf, workload } from "../../answers/support/graphs.ts";
import { described, description } from "../support/described.ts";

const ALL = { version: "v2beta1", hasComments: true } as const;

function objectOf(
  graph: ServiceGraph,
  file: string,
  version: (typeof INTENTS_VERSIONS)[number] = "v2beta1",
): object | undefined {
  return intentsDocuments(intentsOf(graph).clients, { version, hasComments: false }).find((one) => one.file === file)
    ?.object;
}

const API_SERVER: End = { type: "service", namespace: "default", name: "kubernetes" };

describe("ClientIntents", () => {
  const graph = graphOf([
    call("checkout", "cart"),
    call("checkout", workload("orders-db", "data", "StatefulSet")),
    call("checkout", API_SERVER),
    call("checkout", { type: "service", namespace: "shop", name: "legacy" }),
    call("checkout", { type: "external", name: "api.payments.example.com" }),
  ]);

  it("v2: one key for each target, the namespace of others in the name", () => {
    assert.deepEqual(objectOf(graph, "checkout.shop.yaml"), {
      apiVersion: "k8s.otterize.com/v2beta1",
      kind: "ClientIntents",
      metadata: { name: "checkout", namespace: "shop" },
      spec: {
        workload: { name: "checkout", kind: "Deployment" },
        targets: [
          { kubernetes: { name: "cart", kind: "Deployment" } },
          { kubernetes: { name: "orders-db.data", kind: "StatefulSet" } },
          { service: { name: "kubernetes.default" } },
          { service: { name: "legacy" } },
          { internet: { domains: ["api.payments.example.com"], ports: [80] } },
        ],
      },
    });
  });

  it("v1: calls of a service", () => {
    assert.deepEqual(objectOf(graph, "checkout.shop.yaml", "v1alpha3"), {
      apiVersion: "k8s.otterize.com/v1alpha3",
      kind: "ClientIntents",
      metadata: { name: "checkout", namespace: "shop" },
      spec: {
        service: { name: "checkout", kind: "Deployment" },
        calls: [
          { name: "cart", kind: "Deployment" },
          { name: "orders-db.data", kind: "StatefulSet" },
          { name: "svc:kubernetes.default" },
          { name: "legacy", kind: "Service" },
          { type: "internet", internet: { domains: ["api.payments.example.com"], ports: [80] } },
        ],
      },
    });
  });

  it("writes YAML that reads as the object, with the evidence as comments", () => {
    for (const version of INTENTS_VERSIONS) {
      for (const { object, yaml } of intentsDocuments(intentsOf(graph).clients, { version, hasComments: true })) {
        assert.deepEqual(parse(yaml), object);
        assert.match(yaml, /cart, kind: Deployment \} # tcp 8080, 1 connection, last 2026-11-23T07:02:43Z$/m);
      }
    }
  });

  it("appends the kind where two clients of a namespace have one name", () => {
    const { clients } = intentsOf(
      graphOf([call("cart", "redis"), call(workload("cart-job", "shop", "CronJob"), "redis")]),
    );
    const clash = clients.map((client) => ({ ...client, name: "cart" }));
    const files = intentsDocuments(clash, ALL).map(({ file }) => file);
    assert.deepEqual(files, ["cart-cronjob.shop.yaml", "cart-deployment.shop.yaml"]);
  });

  it("one object for an owner whose pods had several names, with each target once", () => {
    const owners = [{ kind: "Deployment", name: "cart" }];
    const renamed = described(graphOf([call("cart", "redis"), call("cart-v2", "redis"), call("cart", "cart-v2")]), {
      "workload/shop/cart-v2": { workload: [description({ app: "cart" }, { owners })] },
    });
    const { clients } = intentsOf(renamed);
    assert.deepEqual(
      clients.map(({ name, targets }) => [name, targets.length]),
      [["cart", 1]],
    );
    assert.match(
      clients[0]?.targets[0]?.evidence ?? "",
      /^tcp 8080, 1 connection, last .*; tcp 8080, 1 connection, last /,
    );
  });

  it("an external server without the ports at which every connection failed", () => {
    const server: End = { type: "external", name: "api.example.com" };
    const at = (port: number, outcome: "established" | "refused") =>
      call("cart", server, {
        outcome,
        dialled: { address: "203.0.113.7", port },
        serverAddress: { address: "203.0.113.7", port },
      });
    const { clients } = intentsOf(graphOf([at(443, "established"), at(443, "refused"), at(8443, "refused")]));
    assert.deepEqual(clients[0]?.targets[0]?.target, {
      type: "internet",
      domains: ["api.example.com"],
      addresses: [],
      ports: [443],
    });
  });

  it("a name that is no domain by its addresses, with the name as a comment", () => {
    const server: End = { type: "external", name: "my_bucket.s3.amazonaws.com" };
    const { clients } = intentsOf(graphOf([call("cart", server)]));
    assert.match(
      intentsDocuments(clients, ALL)[0]?.yaml ?? "",
      /internet: \{ ips: \[ [^\]]+ \], ports: \[ 80 \] \} # my_bucket.s3.amazonaws.com: tcp /,
    );
  });

  const undeclared: readonly { readonly title: string; readonly graph: ServiceGraph; readonly note: RegExp }[] = [
    {
      title: "every connection failed",
      graph: graphOf([call("a", "b", { outcome: "refused", errorType: "connection_refused" })]),
      note: /shop\/b: every connection failed/,
    },
    {
      title: "lookups without connection",
      graph: graphOf([call("a", "b", { evidence: "lookup", outcome: "resolved", dialled: null, serverAddress: null })]),
      note: /shop\/b: 1 lookup and no TCP connection: UDP, QUIC or unused/,
    },
    {
      title: "a Kubernetes node",
      graph: graphOf([call("a", { type: "node", name: "worker-1" })]),
      note: /the host's network of a Kubernetes node cannot be declared/,
    },
    {
      title: "an unresolved address",
      graph: graphOf([call("a", { type: "unresolved", address: "10.9.9.9" })]),
      note: /the owner of the address is unknown/,
    },
  ];
  for (const { title, graph: one, note } of undeclared) {
    it(`declares nothing for ${title}, and says so`, () => {
      const [client] = intentsOf(one).clients;
      assert.deepEqual(client?.targets, []);
      assert.match(client?.notes.join("\n") ?? "", note);
    });
  }

  it("declares nothing in a namespace that would be a path", () => {
    const { clients, notes } = intentsOf(graphOf([call(workload("a", "../../etc"), "b")]));
    assert.deepEqual(clients, []);
    assert.match(notes.map(({ text }) => text).join(), /in namespace "\.\.\/\.\.\/etc" is no valid client name/);
  });

  it("keeps to the rules of the operator's webhook for any names", () => {
    const name = fc.oneof(
      fc.string({ minLength: 1, maxLength: 12 }),
      fc.constantFrom(
        "my_bucket.s3.amazonaws.com",
        "_dmarc.example.com",
        "-a.example.com",
        "a.b.c",
        "bücher.example",
        "1.2.3.4",
        "ab--cd.example.com",
      ),
    );
    const kind = fc.constantFrom("Deployment", "StatefulSet", "deployment", "CronJob", "");
    const end = fc.oneof(
      fc.record({ name, kind }).map((one): End => workload(one.name, "shop", one.kind)),
      name.map((one): End => ({ type: "external", name: one })),
      name.map((one): End => ({ type: "service", namespace: "shop", name: one })),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(end, end), { minLength: 1, maxLength: 12 }), (pairs) => {
        const { clients } = intentsOf(graphOf(pairs.map(([client, server]) => call(client, server))));
        const documents = intentsDocuments(clients, ALL);
        assert.equal(new Set(documents.map(({ file }) => file)).size, documents.length, "one object for each client");
        const clientNames = new Set(clients.map((client) => `${client.namespace}/${client.name}/${client.kind}`));
        assert.equal(clientNames.size, clients.length, "one object for each client name and kind");
        for (const { yaml } of documents) followsWebhook(parse(yaml));
      }),
    );
  });
});

/** The rules, as the webhook states them; those of its strict mode for internet targets too. */
function followsWebhook({
  spec,
}: {
  spec: { workload: { name: string; kind: string }; targets: Record<string, Record<string, unknown>>[] };
}): void {
  assert.ok(!spec.workload.name.includes("."), "no dot in a client's name");
  assert.match(spec.workload.kind, /^[A-Z]/);
  for (const target of spec.targets) {
    assert.equal(Object.keys(target).length, 1, "exactly one key");
    const [value = {}] = Object.values(target);
    if (typeof value.name === "string")
      assert.ok(value.name.split(".").length <= 2, "at most one dot in a target's name");
    if (typeof value.kind === "string") assert.match(value.kind, /^[A-Z]/);
    if (target.internet === undefined) continue;
    const { domains = [], ips = [], ports = [] } = value as { domains?: string[]; ips?: string[]; ports?: number[] };
    assert.ok(ports.length > 0, "ports");
    assert.ok(
      domains.every((domain) => !domain.includes("*")),
      "no wildcard",
    );
    assert.ok(domains.length + ips.length > 0, "domains or addresses");
    for (const domain of domains) {
      assert.notEqual(domainToASCII(domain), "");
      assert.doesNotMatch(domain, /_|^-|\.-|-\.|^\./);
    }
  }
}
