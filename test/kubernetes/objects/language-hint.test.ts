import assert from "node:assert/strict";
import { test } from "node:test";
import { languageOf } from "../../../src/kubernetes/objects/language-hint.ts";
import { cpuMicros } from "../../support/cpu-time.ts";

const CASES: readonly [container: Record<string, unknown>, language: string | null][] = [
  [{ command: ["java", "-jar", "/app.jar"] }, "java"],
  [{ command: ["/usr/bin/python3.12", "app.py"] }, "python"],
  [{ command: ["/bin/sh", "-c", "exec node server.js"] }, "nodejs"],
  [{ command: ["sh", "-c"], args: ["sleep 1; dotnet Shop.dll"] }, "dotnet"],
  [{ command: ["kubectl", "get", "node"] }, null],
  [{ env: [{ name: "JAVA_TOOL_OPTIONS", value: "-Xmx1g" }] }, "java"],
  [{ env: [{ name: "ASPNETCORE_URLS", valueFrom: {} }] }, "dotnet"],
  [{ env: [{ name: "JAVA_HOME_URL", value: "x" }], image: "shop/cart:1" }, null],
  [{ image: "gcr.io/distroless/java17-debian12@sha256:0" }, "java"],
  [{ image: "node:22-alpine" }, "nodejs"],
  [{ image: "registry.example.com:5000/library/node" }, "nodejs"],
  [{ image: "quay.io/prometheus/node-exporter:v1.8.0" }, null],
  [{ image: "registry.k8s.io/sig-storage/csi-node-driver-registrar:v2" }, null],
  [{ image: "python:3.12", command: ["java"] }, "java"],
  [{}, null],
];
for (const [container, language] of CASES) {
  test(`${JSON.stringify(container)} hints at ${language}`, () => {
    assert.equal(languageOf([container]), language);
  });
}

test("the first container with a hint counts", () => {
  assert.equal(languageOf([{ image: "envoy" }, { image: "ruby:3.3" }, { image: "golang" }]), "ruby");
});

test("a pod of the largest size is read at once, whatever its words are", () => {
  const long = `${"1.".repeat(500_000)}x`;
  const begin = cpuMicros();
  assert.equal(languageOf([{ command: ["sh", "-c"], args: [long], image: long }]), null);
  assert.equal(languageOf([{ image: `registry.example.com/${"1".repeat(500_000)}x` }]), null);
  const millis = (cpuMicros() - begin) / 1_000;
  assert.ok(millis < 2_000, `${millis} ms`);
});
