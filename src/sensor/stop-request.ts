// EDGE: fs, net
import { readSync } from "node:fs";
import { Socket } from "node:net";

/** Descriptor that the parent keeps open while the sensor is to run. */
export const STOP_DESCRIPTOR = 4;

/**
 * Stops a sensor by closing a descriptor. Unlike a signal, this is visible inside the packet handler, which libpcap
 * calls without returning to the event loop under load. The kernel closes it too when the parent dies.
 */
export class StopRequest {
  readonly #descriptor: number;

  /** Calls `onStop` if the request comes while the event loop runs. */
  constructor(descriptor: number, onStop: () => void) {
    this.#descriptor = descriptor;
    // A Node socket makes it non-blocking; reading it consumes nothing, because nothing is ever written.
    new Socket({ fd: descriptor, readable: true, writable: false }).once("end", onStop).on("error", onStop).resume();
  }

  hasCome(): boolean {
    return hasEnded(this.#descriptor);
  }
}

const byte = new Uint8Array(1);

/** Whether the other end of a descriptor, to which nothing is ever written, is closed. The descriptor must not block. */
export function hasEnded(descriptor: number): boolean {
  try {
    return readSync(descriptor, byte) === 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EAGAIN";
  }
}
