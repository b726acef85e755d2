/** A value with the bounds of its 95 % confidence interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const CONFIDENCE = 0.95;
const NORMAL_QUANTILE = 1.959964;

/** The value below which this share of the values lies; the nearest one, without interpolation. NaN of no values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN;
}

/** Fewer pairs say nothing with this confidence. */
export const MIN_PAIRS = 6;

/**
 * Hodges and Lehmann's estimate of paired differences, with the interval of Wilcoxon's signed-rank test: the differences
 * need no normal distribution, and one disturbed pair does not decide. At least `MIN_PAIRS`.
 */
export function pairedDifference(differences: readonly number[]): Estimate {
  const averages = differences
    .flatMap((a, i) => differences.slice(i).map((b) => (a + b) / 2))
    .toSorted((a, b) => a - b);
  const cut = signedRankCut(differences.length);
  return {
    value: medianOfSorted(averages),
    low: averages[cut] ?? Number.NaN,
    high: averages.at(-1 - cut) ?? Number.NaN,
  };
}

/** How many averages lie outside on each side, by the exact distribution of the rank sum. */
function signedRankCut(pairs: number): number {
  let ways: readonly number[] = [1];
  for (let rank = 1; rank <= pairs; rank++) {
    const before = ways;
    ways = Array.from({ length: before.length + rank }, (_, sum) => (before[sum] ?? 0) + (before[sum - rank] ?? 0));
  }
  const allowed = ((1 - CONFIDENCE) / 2) * 2 ** pairs;
  let cut = 0;
  for (let sum = 0, total = 0; sum < ways.length; sum++) {
    total += ways[sum] ?? 0;
    if (total > allowed) break;
    cut = sum;
  }
  return cut;
}

/** Theil and Sen's slope of `values` over `times`, with the interval of Kendall's test. */
export function slope(times: readonly number[], values: readonly number[]): Estimate {
  const slopes: number[] = [];
  for (const [i, time] of times.entries()) {
    for (let j = i + 1; j < times.length; j++) {
      slopes.push(((values[j] ?? Number.NaN) - (values[i] ?? Number.NaN)) / ((times[j] ?? Number.NaN) - time));
    }
  }
  slopes.sort((a, b) => a - b);
  const n = times.length;
  const spread = NORMAL_QUANTILE * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const low = Math.max(0, Math.floor((slopes.length - spread) / 2) - 1);
  return {
    value: medianOfSorted(slopes),
    low: slopes[low] ?? Number.NaN,
    high: slopes.at(-1 - low) ?? Number.NaN,
  };
}

function medianOfSorted(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
