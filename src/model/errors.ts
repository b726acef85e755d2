/** Exit codes of every command. */
export const ExitCode = {
  success: 0,
  /** The result is incomplete or missing, or a check of `doctor`, `verify` or `probe` failed. */
  incomplete: 1,
  /** An invalid option, file or variable. */
  usage: 2,
} as const;

/** An invalid option, file or variable. The message is one sentence with the fix. Thrown at start only; exit code 2. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** A capture that cannot start or continue. The message is one sentence with the fix. Exit code 1. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
}

/** A capture file that is unusable, found when it is opened. Exit code 2. */
export class CaptureFileError extends CaptureError {}

/** The sensor's stream of facts is invalid: stop reading it, and restart the sensor. */
export class FactStreamError extends Error {
  override readonly name = "FactStreamError";
}
