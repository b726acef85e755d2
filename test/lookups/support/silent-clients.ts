// EDGE: process
// Run with --expose-gc: pods query often and end, one after the other. Prints the heap in MB after each 200 pods.
import { ResolvedNames } from "../../../src/lookups/resolved-names.ts";

const ROUNDS = 4;
const PODS = 200;
/** 100 answers a second for each of two addresses, for six seconds. */
const ANSWERS = 600;
const GAP_MICROS = 10_000;

const names = new ResolvedNames();
const addresses = ["10.96.0.20", "fd96::20"];
const name = "web.shop.svc.cluster.local";
let answerMicros = 1e15;
for (let round = 0; round < ROUNDS; round++) {
  for (let pod = 0; pod < PODS; pod++) {
    for (let i = 0; i < ANSWERS; i++) {
      answerMicros += GAP_MICROS;
      names.add(`pod:${round}-${pod}`, addresses, { answerMicros, name, chain: [] });
    }
  }
  if (names.find(`pod:${round}-0`, "10.96.0.20", answerMicros)?.name !== name) throw new Error("a name is forgotten");
  globalThis.gc?.();
  console.log(process.memoryUsage().heapUsed / 1e6);
}
