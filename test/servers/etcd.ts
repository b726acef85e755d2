import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accepts, type ServerProcess, startServer } from "./server-process.ts";
import { freePort, serverProgram } from "./server-programs.ts";

export interface Etcd {
  /** For clients, and for its gateway from JSON to gRPC. */
  readonly url: string;
  /** Removes every revision before the current one, so that requests for older ones fail as expired. */
  compact(): Promise<void>;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

/** Starts a real etcd on free ports of 127.0.0.1, with its data in a temporary folder and without fsync. */
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
      const { header } = await post(url, "range", { key: Buffer.from("/").toString("base64") });
      await post(url, "compaction", { revision: header.revision, physical: true });
    },
    async stop() {
      await server.stop("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/ */
async function post(url: string, method: "range" | "compaction", request: object): Promise<EtcdResponse> {
  const response = await fetch(`${url}/v3/kv/${method}`, { method: "POST", body: JSON.stringify(request) });
  if (!response.ok) throw new Error(`etcd refused ${method}: ${await response.text()}`);
  return (await response.json()) as EtcdResponse;
}

interface EtcdResponse {
  readonly header: { readonly revision: string };
}
