/** What is known of a condition. Observation does not know every label and address. */
export type Truth = "yes" | "no" | "unknown";

/** Whether all hold; `yes` for none. */
export function all(truths: readonly Truth[]): Truth {
  if (truths.includes("no")) return "no";
  return truths.includes("unknown") ? "unknown" : "yes";
}

/** Whether any holds; `no` for none. */
export function any(truths: readonly Truth[]): Truth {
  if (truths.includes("yes")) return "yes";
  return truths.includes("unknown") ? "unknown" : "no";
}

export function truthOf(value: boolean): Truth {
  return value ? "yes" : "no";
}
