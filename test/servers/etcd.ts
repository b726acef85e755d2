import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accepts, type ServerProcess, startServer } from "./server-process.ts";
import { freePort, serverProgram } from "./server-programs.ts";

export interface Etcd {
  /** Of its clients, and of its gateway from JSON to gRPC. */
  readonly url: string;
  /** Forgets every revision before the present one: who asks for an older one is told that it has expired. */
  compact(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** A real etcd on free ports of 127.0.0.1, its data in a temporary folder; it does not outlive a crash of the machine. */
export async function startEtcd(): Promise<Etcd> {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-etcd-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  const server: ServerProcess = await startServer({
    name: "etcd",
    program: await serverProgram("kubernetes", "etcd"),
    args: [
      `--data-dir=${folder}`,
      "--unsafe-no-fsync",
      "--log-level=warn",
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
    ],
    isReady: () => accepts(port),
  });
  return {
    url,
    async compact() {
      const { header } = await ask(url, "range", { key: Buffer.from("/").toString("base64") });
      await ask(url, "compaction", { revision: header.revision, physical: true });
    },
    async stop() {
      await server.stop("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/; `kv/range` of one key, whether it is there or not. */
async function ask(url: string, method: "range" | "compaction", request: object): Promise<Answer> {
  const response = await fetch(`${url}/v3/kv/${method}`, { method: "POST", body: JSON.stringify(request) });
  if (!response.ok) throw new Error(`etcd refused ${method}: ${await response.text()}`);
  return (await response.json()) as Answer;
}

interface Answer {
  readonly header: { readonly revision: string };
}
