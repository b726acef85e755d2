import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { trimObject } from "../../src/kubernetes/objects/trim-object.ts";
import { boundedText, MAX_NAME_CHARACTERS, withBoundedTexts } from "../../src/text/bounded-text.ts";

test("a text is cut to the length of a name, and no character in half", () => {
  const longest = "x".repeat(MAX_NAME_CHARACTERS);
  assert.equal(boundedText(longest), longest);
  assert.equal(boundedText(`${longest}y`), longest);
  const face = "\u{1f600}";
  const cut = boundedText(`${longest.slice(1)}${face}`);
  assert.equal(cut, longest.slice(1));
  assert.equal(boundedText(`${longest.slice(2)}${face}y`), `${longest.slice(2)}${face}`);
});

test("what holds no long text is given back as it is, and every text of it is bounded otherwise", () => {
  const long = fc.string({ minLength: MAX_NAME_CHARACTERS - 2, maxLength: MAX_NAME_CHARACTERS + 9 });
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 3 }, fc.string(), long, fc.integer(), fc.constant(null), tie("list"), tie("record")),
    list: fc.array(tie("tree"), { maxLength: 4 }),
    record: fc.dictionary(fc.string(), tie("tree"), { maxKeys: 4 }),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      const bounded = withBoundedTexts(value);
      const texts: string[] = [];
      JSON.stringify(bounded, (_, each) => {
        if (typeof each === "string") texts.push(each);
        return each;
      });
      assert.ok(texts.every(({ length }) => length <= MAX_NAME_CHARACTERS));
      if (JSON.stringify(value) === JSON.stringify(bounded)) assert.equal(bounded, value);
    }),
  );
});

const LONG = "H".repeat(250_000);

test("whatever name of an object is long, its record is small", () => {
  const metadata = {
    name: LONG,
    namespace: LONG,
    uid: LONG,
    annotations: { "resource.opentelemetry.io/service.name": LONG },
    labels: { "kubernetes.io/service-name": LONG, "pod-template-hash": LONG },
    ownerReferences: [{ kind: LONG, name: LONG, uid: LONG, controller: true }],
  };
  const env = [{ name: "OTEL_RESOURCE_ATTRIBUTES", value: `service.namespace=${LONG}` }];
  for (const kind of ["Pod", "Service", "EndpointSlice", "Node", "ReplicaSet"]) {
    const spec = {
      nodeName: LONG,
      containers: [{ env }],
      type: "ExternalName",
      externalName: LONG,
    };
    const endpoints = [{ addresses: ["10.0.0.1"], targetRef: { kind: "Pod", uid: LONG } }];
    const record = trimObject({ kind, metadata, spec, endpoints });
    assert.ok(record !== null && JSON.stringify(record).length < 12 * MAX_NAME_CHARACTERS, kind);
  }
});
