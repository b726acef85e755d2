// Stores forged answers to existing clients, and prints the used heap after each round, in megabytes.
// Run with --expose-gc. Arguments: addresses of an answer, names of its chain.
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
// Keeps the names alive until here.
if (names.find("pod:0", "none", 0) !== null) process.exitCode = 1;
