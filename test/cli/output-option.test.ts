// --format and -o mean the same to every command.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { CLUSTER, capture, file, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";

const REPLAYED = [...CLUSTER, "--capture", `node-a=${capture("node-a")}`];
const MANIFEST = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: a, namespace: shop }
spec: { podSelector: {} }
`;

/** Commands that write a result, with the format that each writes by its name. */
const COMMANDS = [
  [["replay", ...REPLAYED], "json"],
  [["agent", "--no-kubernetes", "--file", capture("node-a")], "jsonl"],
  [["edges", "--graph", "graph.json"], "wide"],
  [["map", "--graph", "graph.json"], "mermaid"],
  [["snapshot", "--graph", "graph.json"], "json"],
  [["merge", "graph.json"], "json"],
  [["diff", "graph.json", "graph.json"], "json"],
  [["explain", "shop/checkout", "shop/cart", "--graph", "graph.json"], "json"],
  [["blast-radius", "shop/cart", "--graph", "graph.json"], "json"],
  [["rollout", "--graph", "graph.json"], "markdown"],
  [["intents", "--graph", "graph.json"], "yaml"],
  [["policies", "--graph", "graph.json"], "yaml"],
  [["policies", "check", "manifest.yaml", "--graph", "graph.json"], "table"],
] as const;

for (const [args, format] of COMMANDS) {
  const name = args.filter((word, i) => i === 0 || word === "check").join(" ");
  test(`${name}: -o is the format ${format} in any case, and never a file with the name of a format`, async (t) => {
    const cwd = temporaryFolder(t);
    const graph = await wirespan(["snapshot", ...REPLAYED]);
    file(cwd, "graph.json", graph.stdout);
    file(cwd, "manifest.yaml", MANIFEST);
    const files = readdirSync(cwd);
    const options = [["-o", format], [`-o=${format}`], [`--output=${format.toUpperCase()}`]];
    const [named, ...others] = await Promise.all(options.map((option) => wirespan([...args, ...option], { cwd })));
    assert.notEqual(named?.code, 2, named?.stderr);
    assert.notEqual(named?.stdout, "");
    for (const other of others) assert.equal(other.stdout, named?.stdout, other.stderr);
    for (const [value, message] of [
      ["png", /^wirespan: unsupported format "png" of -o; use [^\n]+, or -o \.\/png for a file \([^\n]+\)\n$/],
      ["xml", /^wirespan: unsupported format "xml" of -o; use [^\n]+, or -o \.\/xml for a file\n$/],
      ["name", /^wirespan: unsupported format "name" of -o; use [^\n]+, or -o \.\/name for a file\n$/],
      ["out.png", /^wirespan: unsupported format of -o out\.png; use \.[^\n]+\n$/],
    ] as const) {
      const { code, stdout, stderr } = await wirespan([...args, "-o", value], { cwd });
      assert.match(stderr, message);
      assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    }
    assert.deepEqual(readdirSync(cwd), files);
  });
}
