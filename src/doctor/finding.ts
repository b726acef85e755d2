/** The result of one check. */
export interface Finding {
  /** `warning`: wirespan works, but its results will be incomplete. `failed`: it does not work. */
  readonly status: "ok" | "warning" | "failed";
  /** The subject of the check, one or two words. */
  readonly check: string;
  /** One sentence; unless ok, with a fix. */
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
