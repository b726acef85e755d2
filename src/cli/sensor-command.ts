// EDGE: signals, the environment
import { Command } from "commander";
import { parseDnsPorts } from "../config.ts";
import type { CaptureError } from "../model/errors.ts";
import { printMessage } from "../output/stderr.ts";
import { inlineMore } from "../sensor/inlining.ts";
import { startSensorServer } from "../sensor/sensor-server.ts";
import { StopSignals } from "../stop-signals.ts";
import { collect } from "./options/option-values.ts";
import { withUsage } from "./options/usage.ts";

interface SensorCommandOptions {
  readonly socket: string;
  readonly device: string;
  readonly dnsPort?: readonly string[];
}

export function sensorCommand(): Command {
  const command = new Command("sensor")
    .summary("capture for an agent in another container")
    .description(
      "Captures on this machine and serves one agent on a Unix socket. It needs no credentials and no access to the cluster.",
    )
    .requiredOption("--socket <path>", "Unix socket to listen on, for wirespan agent --sensor")
    .option("--device <name>", "network interface to capture on; any is all interfaces", "any")
    .option(
      "--dns-port <port>",
      "additional DNS port, such as 5353 on OpenShift; pass the same to the agent; repeatable",
      collect,
    );
  return withUsage(command)
    .addHelpText(
      "after",
      `
Requires CAP_NET_RAW; wirespan agent --sensor requires no capability. While no agent is connected, packets are buffered in
the kernel's ring, and the kernel drops and counts those that do not fit. The socket has mode 0660.
Exit codes: 0 stopped; 1 nothing can be captured; 2 invalid option or path.

Examples:
  wirespan sensor --socket /run/wirespan/sensor.sock
  wirespan agent --sensor /run/wirespan/sensor.sock
`,
    )
    .action(runSensor);
}

async function runSensor({ socket, device, dnsPort }: SensorCommandOptions): Promise<void> {
  inlineMore();
  const stop = new StopSignals();
  let failure: CaptureError | null = null;
  const serverEnded = new AbortController();
  // From the image's launcher.
  const { WIRESPAN_STOP_DESCRIPTOR: stopDescriptor } = process.env;
  const server = await startSensorServer(
    {
      path: socket,
      device,
      dnsPorts: parseDnsPorts(dnsPort ?? []),
      ...(stopDescriptor === undefined ? {} : { stopDescriptor: Number(stopDescriptor) }),
    },
    {
      event: printMessage,
      stopRequested: () => serverEnded.abort(),
      failed(error) {
        failure = error;
        serverEnded.abort();
      },
    },
  );
  printMessage(`capturing on ${device} for an agent at ${socket}`);
  try {
    const ended = AbortSignal.any([stop.signal, serverEnded.signal]);
    if (!ended.aborted) await new Promise((resolve) => ended.addEventListener("abort", resolve, { once: true }));
    await server.stop();
  } finally {
    stop.release();
  }
  if (failure !== null) throw failure;
}
