// Remembers forged answers to clients that are there, and says after each round how much memory is held.
// Run with --expose-gc. Arguments: addresses of an answer, names of its chain. Writes one line a round, in megabytes.
import { ResolvedNames } from "../../../src/lookups/resolved-names.ts";

const [addressesEach = 0, chainLength = 0] = process.argv.slice(2).map(Number);
const ROUNDS = 6;
const ANSWERS = 4_000;
const CLIENTS = 2_000;

const names = new ResolvedNames();
for (let round = 0, i = 0; round < ROUNDS; round++) {
  for (let n = 0; n < ANSWERS; n++, i++) {
    const addresses = Array.from({ length: addressesEach }, (_, k) => `2001:db8::${i.toString(16)}:${k}`);
    const chain = Array.from({ length: chainLength }, (_, k) => `${i}-${k}.`.padEnd(200, "x"));
    names.add(`pod:${i % CLIENTS}`, addresses, { answerMicros: i, name: `n${i}.example.com`, chain });
  }
  globalThis.gc?.();
  console.log(process.memoryUsage().heapUsed / 1e6);
}
// It is held until here.
if (names.find("pod:0", "none", 0) !== null) process.exitCode = 1;
