/**
 * A mistake of the person who runs wirespan: its message is one sentence that holds the fix.
 * Thrown at start only; the command line prints it and ends with exit code 2.
 */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** A capture that cannot begin or go on: its message is one sentence that holds the fix. Exit code 1. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
}

/** A file of packets that cannot be used at all, as it shows when it is opened: another one was meant. Exit code 2. */
export class CaptureFileError extends CaptureError {}
