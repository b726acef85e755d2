// EDGE: fs, net
import { readSync } from "node:fs";
import { Socket } from "node:net";

/** The descriptor that the sensor's parent holds open for as long as the sensor is to run. */
export const STOP_DESCRIPTOR = 4;

/**
 * Asks a sensor to stop by closing a descriptor: unlike a signal it can be seen from within a packet handler, to which
 * libpcap returns again and again under load. It is closed too when the parent dies.
 */
export class StopRequest {
  readonly #descriptor: number;

  /** `heard` is called when it comes while the event loop runs. */
  constructor(descriptor: number, heard: () => void) {
    this.#descriptor = descriptor;
    // A socket of Node's makes it non-blocking; reading it takes nothing away, for nothing is ever written.
    new Socket({ fd: descriptor, readable: true, writable: false }).once("end", heard).on("error", heard).resume();
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
