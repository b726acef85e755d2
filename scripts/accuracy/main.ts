// EDGE: the command `npm run accuracy`.
// Usage: npm run accuracy -- [--watch-pods node] [FOLDER...]
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { judgeRecording, recordingsBelow, verdictLine } from "./accuracy.ts";

const { values, positionals: given } = parseArgs({
  allowPositionals: true,
  options: { "watch-pods": { type: "string", default: "cluster" } },
});
const watchPods = values["watch-pods"] === "node" ? "node" : "cluster";
const shared = process.env.WIRESPAN_SHARED ?? join(process.cwd(), "..", "shared");
const roots = given.length > 0 ? given : [join(shared, "lab-captures"), join("test", "lab", "recording")];
const folders = roots.flatMap(recordingsBelow);
if (folders.length === 0) {
  console.error(`no recording with a truth.jsonl in ${roots.join(", ")}; name a folder that holds some`);
  process.exit(2);
}
let mistakes = 0;
for (const folder of folders) {
  const verdict = await judgeRecording(folder, { watchPods });
  console.log(verdictLine(basename(folder), verdict));
  for (const mistake of verdict.mistakes) console.log(`    ${mistake}`);
  mistakes += verdict.mistakes.length;
}
process.exitCode = mistakes === 0 ? 0 : 1;
