// Sends costly DNS answers without questions at a constant rate, in bursts of 10 ms, for some seconds.
// Arguments: address, bytes of each answer, answers a second, seconds. Says on standard output how many were sent.
import { createSocket } from "node:dgram";
import { setInterval as every } from "node:timers/promises";
import { costlyAnswers } from "../../decode/support/costly-answers.ts";

const BURST_MILLIS = 10;
/** Different ones: what is remembered of one message costs less the second time. */
const DISTINCT = 2_000;

const [address = "", ...numbers] = process.argv.slice(2);
const [bytes = 0, perSecond = 0, seconds = 0] = numbers.map(Number);
const answers = costlyAnswers(bytes, Math.min(DISTINCT, perSecond));
const socket = createSocket("udp4");
await new Promise<void>((resolve) => socket.bind(53, resolve));
// The port is closed, which the other end reports with ICMP errors.
socket.on("error", () => {});

const begin = performance.now();
let sent = 0;
for await (const _ of every(BURST_MILLIS)) {
  const elapsed = (performance.now() - begin) / 1_000;
  if (elapsed > seconds) break;
  for (; sent < elapsed * perSecond; sent++) socket.send(answers[sent % answers.length] ?? "", 41_000, address);
}
console.log(sent);
process.exit();
