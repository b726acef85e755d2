// What the pages show of a run is what such a run gives now.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { judgeRecording, verdictLine } from "../../../scripts/accuracy/accuracy.ts";
import { captureFilter } from "../../../src/capture/live/capture-filter.ts";
import { RECORDING } from "../../support/cli/wirespan.ts";
import { readSource } from "../support/source-files.ts";
import { blocks, page, section, userPages } from "./support/pages.ts";
import { COMMANDS, demo, helpOf, optionsIn } from "./support/program.ts";

describe("documentation", () => {
  test("the picture is what replay draws now", async () => {
    const drawn = await demo("--format", "svg");
    const isCurrent = drawn === readSource("docs/demo-map.svg").text;
    assert.ok(
      isCurrent,
      "docs/demo-map.svg is not what `npm run demo` writes now; look at its map.svg, and put it there",
    );
  });

  test("the rows of the table are rows of the demo's", async () => {
    const rows = (await demo("--format", "table")).split("\n").map((row) => row.trimEnd());
    const [shown = ""] = blocks(section("README.md", "## What you get"), "");
    for (const row of shown.trimEnd().split("\n"))
      assert.ok(rows.includes(row), `not a row of the demo's table: ${row}`);
  });

  test("the accuracy is what the recording gives now", async () => {
    const line = verdictLine("recording", await judgeRecording(RECORDING)).trim();
    assert.ok(page("docs/accuracy.md").includes(line), `docs/accuracy.md does not show ${line}`);
  });

  test("the capture filter is the agent's", () => {
    const filter = captureFilter({ dnsPorts: [53] });
    assert.ok(page("docs/getting-started.md").includes(`'${filter}'`), filter);
  });

  test("every command line has only options that its command knows", async () => {
    const helps = new Map<string, string>();
    for (const command of COMMANDS) helps.set(command, await helpOf(command));
    const lines = userPages.flatMap(({ text }) =>
      blocks(text, "sh").flatMap((block) => block.replaceAll("\\\n", " ").split("\n")),
    );
    const own = lines.flatMap((line) => [...line.matchAll(/\bwirespan ([a-z][\w-]*)( [^#|]*|$)/g)]);
    assert.ok(own.length >= 15, `only ${own.length} command lines`);
    for (const [line, command = "", rest = ""] of own) {
      const help = helps.get(command);
      assert.ok(help !== undefined, `${line}: there is no such command`);
      for (const [option] of rest.matchAll(/(?<=^|\s)--?[a-zA-Z][\w-]*/g))
        assert.ok(optionsIn(help).includes(option), line);
    }
  });

  test("README's status has the version of the package", () => {
    const { version } = JSON.parse(readSource("package.json").text) as { version: string };
    assert.ok(section("README.md", "## Status").includes(`Version ${version}`), version);
  });

  test("no Mermaid picture has a semicolon, which ends a statement", () => {
    const pictures = userPages.flatMap(({ text }) => blocks(text, "mermaid"));
    assert.ok(pictures.length >= 3);
    for (const picture of pictures) assert.ok(!picture.includes(";"), picture);
  });
});
