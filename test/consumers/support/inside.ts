// Runs inside a network namespace and does for its parent, over IPC, what can only be done there: HTTP and TCP.
import { accepts } from "../../servers/server-process.ts";

export type InsideRequest =
  | { readonly id: number; readonly type: "get"; readonly url: string }
  | { readonly id: number; readonly type: "accepts"; readonly port: number };

export interface InsideAnswer {
  readonly id: number;
  /** Body of a response below 300; for `accepts` an empty text if the port is open. */
  readonly text?: string;
  readonly problem?: string;
}

async function textOf(request: InsideRequest): Promise<string> {
  if (request.type === "accepts") {
    if (await accepts(request.port)) return "";
    throw new Error(`port ${request.port} is closed`);
  }
  const response = await fetch(request.url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${request.url}: ${response.status} ${text}`);
  return text;
}

process.on("message", (request: InsideRequest) => {
  textOf(request).then(
    (text) => process.send?.({ id: request.id, text } satisfies InsideAnswer),
    (error) => process.send?.({ id: request.id, problem: String(error) } satisfies InsideAnswer),
  );
});
