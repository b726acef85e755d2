import type { TestContext } from "node:test";
import { startOtlpReceiver } from "../../export/support/otlp-receiver.ts";

/** An OTLP receiver that accepts everything; it stops with the test. */
export async function acceptingCollector(
  t: TestContext,
  address?: string,
): Promise<{ port: number; requests: () => number }> {
  const { port, requests, stop } = await startOtlpReceiver(undefined, address);
  t.after(stop);
  return { port, requests: () => requests.length };
}
