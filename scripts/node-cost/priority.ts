// EDGE: os
import { setPriority } from "node:os";

/** As nice(1) counts. Other programs of the machine disturb a bed that goes before them less. */
export const BEFORE_OTHERS = -15;
export const NORMAL = 0;

/** Of this process and those that it starts from now on. A machine may not allow it, such as a container without SYS_NICE. */
export function raisePriority(say: (text: string) => void): void {
  try {
    setPriority(BEFORE_OTHERS);
  } catch (error) {
    say(`runs with normal priority (${(error as Error).message}): other programs disturb it more`);
  }
}
