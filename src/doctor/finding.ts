/** What one check of the set-up found, and what to do about it. */
export interface Finding {
  /** `warning`: wirespan works, but something will be missing. `failed`: it does not work so. */
  readonly status: "ok" | "warning" | "failed";
  /** What was looked at, one or two words. */
  readonly check: string;
  /** One sentence; where it is not ok, with what to do. */
  readonly text: string;
}

export function ok(check: string, text: string): Finding {
  return { status: "ok", check, text };
}

export function warning(check: string, text: string): Finding {
  return { status: "warning", check, text };
}

export function failed(check: string, text: string): Finding {
  return { status: "failed", check, text };
}
