// EDGE: the command `npm run accuracy`.
import { basename, join } from "node:path";
import { judgeRecording, recordingsBelow, verdictLine } from "./accuracy.ts";

const given = process.argv.slice(2);
const shared = process.env.WIRESPAN_SHARED ?? join(process.cwd(), "..", "shared");
const roots = given.length > 0 ? given : [join(shared, "lab-captures"), join("test", "lab", "recording")];
const folders = roots.flatMap(recordingsBelow);
if (folders.length === 0) {
  console.error(`no recording with a truth.jsonl in ${roots.join(", ")}; name a folder that holds some`);
  process.exit(2);
}
let mistakes = 0;
for (const folder of folders) {
  const verdict = await judgeRecording(folder);
  console.log(verdictLine(basename(folder), verdict));
  for (const mistake of verdict.mistakes) console.log(`    ${mistake}`);
  mistakes += verdict.mistakes.length;
}
process.exitCode = mistakes === 0 ? 0 : 1;
