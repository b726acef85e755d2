// Every link of every page leads somewhere, and every file and command that a page names is there.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, test } from "node:test";
import { repositoryRoot } from "../../support/paths.ts";
import { listFiles, readSource } from "../support/source-files.ts";
import { anchorOf, codes, page, pages, sorted, userPages, withoutBlocks } from "./support/pages.ts";

const README_LINES = 200;

function linksOf(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? "")
    .filter((target) => !/^https?:/.test(target));
}

function anchorsOf(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => anchorOf(title));
}

/** Null where the link leads to a file, and to a heading of it where it names one. */
function breach(from: string, link: string): string | null {
  const [file = "", anchor] = link.split("#");
  const path = file === "" ? from : normalize(join(dirname(from), file));
  if (!existsSync(join(repositoryRoot, path))) return `${link}: there is no ${path}`;
  if (anchor === undefined) return null;
  return anchorsOf(readSource(path).text).includes(anchor) ? null : `${link}: ${path} has no such heading`;
}

describe("links", () => {
  for (const { path, text } of pages) {
    test(`of ${path} lead somewhere`, () => {
      assert.deepEqual(
        linksOf(text)
          .map((link) => breach(path, link))
          .filter((found) => found !== null),
        [],
      );
    });
  }

  test("README has a link to every page of docs/, by itself or through an index", () => {
    const reached = new Set<string>(["README.md"]);
    for (const path of reached) {
      for (const link of linksOf(page(path))) {
        const target = normalize(join(dirname(path), link.split("#")[0] || "."));
        if (target.endsWith(".md") && (path === "README.md" || path.endsWith("README.md"))) reached.add(target);
      }
    }
    assert.deepEqual(
      userPages.map(({ path }) => path).filter((path) => !reached.has(path)),
      [],
    );
  });

  test("of README lead to files that the npm package has", () => {
    const listed = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: repositoryRoot,
      encoding: "utf8",
      stdio: "pipe",
    });
    const [{ files = [] } = {}] = JSON.parse(listed) as { files?: { path: string }[] }[];
    const packed = files.map((file) => file.path);
    const targets = linksOf(page("README.md")).map((link) => normalize(link.split("#")[0] ?? ""));
    assert.deepEqual(sorted(targets.filter((target) => !packed.includes(target))), []);
  });
});

test(`README has at most ${README_LINES} lines`, () => {
  const lines = page("README.md").trimEnd().split("\n").length;
  assert.ok(lines <= README_LINES, `${lines} lines; move what is not needed to decide into docs/`);
});

test("every npm command that a page names exists", () => {
  const { scripts } = JSON.parse(readSource("package.json").text) as { scripts: Record<string, string> };
  const named = pages.flatMap(({ text }) => [...text.matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1] ?? ""));
  assert.deepEqual(sorted(named.filter((name) => scripts[name] === undefined)), []);
});

/** Where wirespan's own files are; other paths are those of other programs. */
const OWN_PATH = /^(src|test|scripts|docs|charts|collector-config|dist)\/[\w./*-]*$/;
const OWN_FILE = /^[a-z][a-z0-9-]*(\.test)?\.ts$/;

test("every file that a page names exists", () => {
  const files = listFiles("");
  const names = new Set(files.map((path) => path.slice(path.lastIndexOf("/") + 1)));
  const missing = pages.flatMap(({ path, text }) =>
    [...codes(withoutBlocks(text)), ...(text.match(/(?<=\bdist\/)test\/[\w./-]+(?=\.js)/g) ?? [])]
      .map((code) => code.replace(/:\d+$/, ""))
      .filter((code) => {
        if (OWN_FILE.test(code)) return !names.has(code);
        if (!OWN_PATH.test(code) || code.startsWith("dist/")) return false;
        return !existsSync(join(repositoryRoot, code)) && !existsSync(join(repositoryRoot, `${code}.ts`));
      })
      .map((code) => `${path}: ${code}`),
  );
  assert.deepEqual(missing, []);
});
