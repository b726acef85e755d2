// EDGE: the command `npm run accuracy`.
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { judgeRecording, judgeWithLoss, laboratoriesBelow, recordingsBelow, verdictLine } from "./accuracy.ts";

const USAGE = `Usage: npm run accuracy -- [--watch-pods cluster|node] [--loss PERCENT [--seed N]] [FOLDER...]

Precision and recall of the graph for recordings with known truth: folders with a truth.jsonl, or parents of such folders.
Without FOLDER: lab-captures in WIRESPAN_SHARED (../shared by default), and test/lab/recording.
--watch-pods node   as agents that watch only the pods of their node
--loss PERCENT      after losing that share of all frames at random
--seed N            seed of the random loss; the same seed loses the same frames; 1 by default
Exit codes: 0 no mistakes; 1 mistakes, which are listed; 2 a wrong argument.`;

function usage(problem?: string): never {
  if (problem === undefined) console.log(USAGE);
  else console.error(`${problem}\n\n${USAGE}`);
  process.exit(problem === undefined ? 0 : 2);
}

function parsedArguments() {
  try {
    const options = {
      help: { type: "boolean", short: "h" },
      "watch-pods": { type: "string", default: "cluster" },
      loss: { type: "string", default: "0" },
      seed: { type: "string", default: "1" },
    } as const;
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    return usage((error as Error).message);
  }
}

const { values, positionals: given } = parsedArguments();
if (values.help) usage();
if (!["cluster", "node"].includes(values["watch-pods"]))
  usage(`--watch-pods ${values["watch-pods"]} is neither cluster nor node`);
const share = Number(values.loss) / 100;
const seed = Number(values.seed);
if (!(share >= 0 && share < 1)) usage(`--loss ${values.loss} is no percentage from 0 to less than 100`);
if (!Number.isInteger(seed)) usage(`--seed ${values.seed} is not a whole number`);
const watchPods = values["watch-pods"] === "node" ? "node" : "cluster";
const shared = process.env.WIRESPAN_SHARED ?? join(process.cwd(), "..", "shared");
const roots = given.length > 0 ? given : [...laboratoriesBelow(shared), join("test", "lab", "recording")];
const folders = roots.flatMap(recordingsBelow);
if (folders.length === 0) {
  console.error(`no recording with a truth.jsonl in ${roots.join(", ")}; name a folder with recordings`);
  process.exit(2);
}
let mistakes = 0;
for (const folder of folders) {
  const verdict =
    share === 0
      ? await judgeRecording(folder, { watchPods })
      : await judgeWithLoss(folder, { share, seed }, { watchPods });
  console.log(verdictLine(basename(folder), verdict));
  for (const mistake of verdict.mistakes) console.log(`    ${mistake}`);
  mistakes += verdict.mistakes.length;
}
process.exitCode = mistakes === 0 ? 0 : 1;
