// The schema knows each value that there is, and no other: what it misses, an install would refuse.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chartText, chartYaml } from "./chart-files.ts";

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

const schema = JSON.parse(chartText("values.schema.json")) as Schema;
const values = chartYaml<Record<string, unknown>>("values.yaml");

/** Not among the chart's own: a parent chart sets it. */
const OF_PARENT = "enabled";

/** Values with fields of Kubernetes' own. */
const KUBERNETES = /^(affinity|dnsConfig|updateStrategy)$|\.(resources|\w+Probe)$/;

function resolved(node: Schema): Schema {
  const name = node.$ref?.replace("#/definitions/", "");
  return name === undefined ? node : (schema.definitions?.[name] ?? {});
}

function pathsOfSchema(node: Schema, path: string): string[] {
  const { properties } = resolved(node);
  if (properties === undefined || KUBERNETES.test(path)) return [path];
  return Object.entries(properties).flatMap(([name, child]) =>
    pathsOfSchema(child, path === "" ? name : `${path}.${name}`),
  );
}

function pathsOfValues(value: unknown, path: string): string[] {
  const isLeaf = value === null || typeof value !== "object" || Array.isArray(value) || isMap(path);
  if (isLeaf) return [path];
  return Object.entries(value).flatMap(([name, child]) => pathsOfValues(child, path === "" ? name : `${path}.${name}`));
}

/** Whether users choose the names of its fields. */
function isMap(path: string): boolean {
  if (KUBERNETES.test(path)) return true;
  let node = schema;
  for (const name of path.split(".").filter((part) => part !== "")) node = resolved(node).properties?.[name] ?? {};
  return resolved(node).properties === undefined;
}

test("the schema has exactly the values of values.yaml", () => {
  const known = pathsOfSchema(schema, "").filter((path) => path !== OF_PARENT);
  assert.deepEqual(known.toSorted(), pathsOfValues(values, "").toSorted());
});

test("every object of the schema is closed, but for what a parent chart sets for all", () => {
  const open: string[] = [];
  const visit = (node: Schema, path: string): void => {
    if (node.properties !== undefined && node.additionalProperties !== false) open.push(path);
    for (const [name, child] of Object.entries(node.properties ?? {})) visit(child, `${path}.${name}`);
  };
  visit(schema, "");
  for (const [name, node] of Object.entries(schema.definitions ?? {})) visit(node, name);
  assert.deepEqual(open, [".global"]);
});

test("every value has a comment that says what it is", () => {
  const lines = chartText("values.yaml").split("\n");
  const bare = lines.filter((line, i) => {
    const isKey = /^ *[a-z]\w*: \S/i.test(line) && !/: \|$/.test(line);
    return isKey && !/^ *#/.test(lines[i - 1] ?? "");
  });
  // Named by the object above them.
  assert.deepEqual(
    bare.map((line) => line.trim().split(":")[0] ?? "").filter((name) => !INSIDE.has(name)),
    [],
  );
});

const INSIDE = new Set(
  "requests limits periodSeconds timeoutSeconds failureThreshold type maxUnavailable nodes pods services endpointslices replicasets jobs".split(
    " ",
  ),
);
