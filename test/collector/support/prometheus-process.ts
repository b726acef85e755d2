import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import { startServer } from "../../servers/server-process.ts";
import { freePort, serverProgram } from "../../servers/server-programs.ts";

interface PrometheusOptions {
  /** File in the OpenMetrics format whose samples it has from the start. */
  readonly samples?: string;
  readonly args?: readonly string[];
}

/** A real Prometheus that scrapes these ports of 127.0.0.1 every second; its URL. It ends with the test. */
export async function startPrometheus(
  t: TestContext,
  ports: readonly number[],
  { samples, args = [] }: PrometheusOptions = {},
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-prometheus-"));
  const port = await freePort();
  const jobs = ports.map(
    (scraped) => `  - {job_name: "${scraped}", static_configs: [{targets: ["127.0.0.1:${scraped}"]}]}`,
  );
  const config = join(folder, "prometheus.yaml");
  writeFileSync(config, `global: {scrape_interval: 1s}\nscrape_configs:\n${jobs.join("\n")}\n`);
  if (samples !== undefined) {
    const command = ["tsdb", "create-blocks-from", "openmetrics", samples, join(folder, "data")];
    await promisify(execFile)(await serverProgram("prometheus", "promtool"), command, { maxBuffer: 1 << 26 });
  }
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    name: "prometheus",
    program: await serverProgram("prometheus", "prometheus"),
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...args,
    ],
    isReady: async () => (await fetch(`${url}/-/ready`)).ok,
  });
  t.after(async () => {
    await server.stop("SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  });
  return url;
}
