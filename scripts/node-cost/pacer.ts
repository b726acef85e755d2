// EDGE: worker_threads, process
// A thread that posts a message whenever a request is due. It sleeps outside of any event loop, so that due times are
// exact to a fraction of a millisecond and do not move when the program is late: a slow answer delays no later request.
import { parentPort, workerData } from "node:worker_threads";

/** Requests per second, times 1,000; 0 pauses. Shared with the program, which notifies. */
const rate = new Int32Array(workerData as SharedArrayBuffer);

const now = () => Number(process.hrtime.bigint()) / 1e6;

for (;;) {
  const wanted = Atomics.load(rate, 0);
  if (wanted === 0) {
    Atomics.wait(rate, 0, 0);
    continue;
  }
  let due = now();
  while (Atomics.wait(rate, 0, wanted, Math.max(0, due - now())) === "timed-out") {
    parentPort?.postMessage(due);
    due += 1e6 / wanted;
  }
}
