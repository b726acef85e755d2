import { setTimeout as delay } from "node:timers/promises";

const POLL_MILLIS = 100;

/**
 * Asks again until the answer is accepted, and gives it. After `millis` it gives the last answer as it is, for the caller
 * to compare: an assertion on it says more than a time-out would.
 */
export async function askUntil<T>(
  ask: () => Promise<T>,
  isAccepted: (answer: T) => boolean,
  millis: number,
): Promise<T> {
  const end = performance.now() + millis;
  for (;;) {
    const answer = await ask();
    if (isAccepted(answer) || performance.now() > end) return answer;
    await delay(POLL_MILLIS);
  }
}
