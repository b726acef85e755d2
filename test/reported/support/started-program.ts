import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { repositoryRoot } from "../../support/paths.ts";
import { until } from "../../support/until.ts";
import type { ReportedInputs } from "./reported-case.ts";

/** Starts a program of a reported case that serves a local port; it stops with the test. */
export async function startProgram(
  { t, folder }: Pick<ReportedInputs, "t" | "folder">,
  name: string,
  mode: string,
  port: number,
): Promise<void> {
  const child = spawn(process.execPath, [join(folder, name), mode], {
    cwd: repositoryRoot,
    stdio: "ignore",
  });
  t.after(() => child.kill("SIGKILL"));
  await until(`${name} answers`, () => isOpen(port), 20_000);
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
