import assert from "node:assert/strict";
import type { ReportedCase } from "../support/reported-case.ts";

export const reportedCase: ReportedCase = {
  folder: "76-json-c1",
  async check(inputs) {
    for (const format of ["jsonl", "json", "table", "dot"]) {
      const { code, stdout } = await inputs.run(`replay a.pcap --cluster c.json --format ${format}`);
      assert.equal(code, 0);
      for (const line of stdout.split("\n")) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
      if (format === "jsonl") {
        const names = stdout
          .trim()
          .split("\n")
          .map((line) => JSON.stringify(JSON.parse(line)));
        assert.match(names.join(), /\u009b/);
      }
    }
    const sent = await inputs.run("replay a.pcap --cluster c.json --otlp -o /dev/null", {
      env: { OTEL_TRACES_EXPORTER: "console" },
    });
    for (const line of sent.stdout.split("\n")) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
  },
};
