import { setTimeout as delay } from "node:timers/promises";

const POLL_MILLIS = 50;
const DEADLINE_MILLIS = 60_000;

/** Resolves when `condition` says true; throws when it has not within a minute. `what` stands in the message. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMillis = DEADLINE_MILLIS,
): Promise<void> {
  const end = Date.now() + deadlineMillis;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${deadlineMillis} ms: ${what}`);
    await delay(POLL_MILLIS);
  }
}
