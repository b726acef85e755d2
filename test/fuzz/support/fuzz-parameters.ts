// EDGE: environment variables.
import fc from "fast-check";

const { WIRESPAN_FUZZ_RUNS: runs, WIRESPAN_FUZZ_SEED: seed } = process.env;

/** The same histories in each test run; others where the environment asks for a number of them. */
export const fuzzParameters = {
  numRuns: runs === undefined ? 100 : Number(runs),
  seed: seed !== undefined ? Number(seed) : runs === undefined ? 1 : Date.now(),
};

/** One for each moment of a history: where a history fails, moments are left out of it as long as it still fails. */
export const seeds = fc.array(fc.noShrink(fc.nat()), { minLength: 1, maxLength: 200, size: "max" });
