import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { makeCertificates } from "../collector/support/certificates.ts";
import { type AuditedRequest, readAuditLog, writeAuditPolicy } from "./audit-log.ts";
import { type Etcd, startEtcd } from "./etcd.ts";
import { KubernetesApi } from "./kubernetes-api.ts";
import { type ServerProcess, startServer } from "./server-process.ts";
import { freePort, serverProgram } from "./server-programs.ts";

export interface KubernetesOptions {
  /** False: refuse to stream lists (`sendInitialEvents`). */
  readonly streamsLists?: boolean;
  /** The server ends each watch after one to two times as long. */
  readonly watchSeconds?: number;
  /** More options of kube-apiserver. */
  readonly args?: readonly string[];
}

/** A control plane without controllers and kubelets; tests write in their place, through `admin`. */
export interface Kubernetes {
  /** The API server: `https://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
  /** Path of the CA certificate. */
  readonly authority: string;
  /** As a cluster administrator. */
  readonly admin: KubernetesApi;
  /** That user's, for programs that take a kubeconfig. */
  readonly adminToken: string;
  readonly etcd: Etcd;
  /** Process id of the API server, which changes with each start. */
  pid(): number;
  /** Kills the API server; etcd continues. */
  kill(): Promise<void>;
  /** Restarts the API server on the same port. */
  start(): Promise<void>;
  /** Suspends the API server: connections stay open without data until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Requests of service accounts with at least the beginning of a response, in order. */
  requests(): AuditedRequest[];
  stop(): Promise<void>;
}

/** Starts a real kube-apiserver with a real etcd, on free ports of 127.0.0.1, with RBAC and its own CA. */
export async function startKubernetes(options: KubernetesOptions = {}): Promise<Kubernetes> {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-kubernetes-"));
  const certificates = makeCertificates();
  const etcd = await startEtcd();
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const auditLog = join(folder, "audit.jsonl");
  const adminToken = randomBytes(16).toString("hex");
  writeFileSync(join(folder, "users.csv"), `${adminToken},admin,admin,"system:masters"\n`);
  writeFileSync(join(folder, "service-accounts.key"), newPrivateKey());
  const admin = new KubernetesApi(url, readFileSync(certificates.authority, "utf8"), adminToken);
  const args = [
    `--etcd-servers=${etcd.url}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    // Endpoint of the Service `kubernetes`, which must not be a loopback address. Unused.
    "--advertise-address=192.0.2.1",
    "--service-cluster-ip-range=10.96.0.0/16,fd00:10:96::/112",
    `--tls-cert-file=${certificates.serverCertificate}`,
    `--tls-private-key-file=${certificates.serverKey}`,
    "--authorization-mode=RBAC",
    `--token-auth-file=${join(folder, "users.csv")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-signing-key-file=${join(folder, "service-accounts.key")}`,
    `--service-account-key-file=${join(folder, "service-accounts.key")}`,
    // It requires accounts that the missing controller would create.
    "--disable-admission-plugins=ServiceAccount",
    `--audit-policy-file=${writeAuditPolicy(folder)}`,
    `--audit-log-path=${auditLog}`,
    ...(options.streamsLists === false ? ["--feature-gates=WatchList=false"] : []),
    ...(options.watchSeconds === undefined ? [] : [`--min-request-timeout=${options.watchSeconds}`]),
    ...(options.args ?? []),
  ];
  const program = await serverProgram("kubernetes", "kube-apiserver");
  const isReady = async () => (await admin.request("GET", "/readyz")).status === 200;
  const startApiServer = () => startServer({ name: "kube-apiserver", program, args, isReady });
  const removeAll = async () => {
    admin.close();
    await etcd.stop();
    for (const made of [folder, dirname(certificates.authority)]) rmSync(made, { recursive: true, force: true });
  };
  let server: ServerProcess = await startApiServer().catch(async (error: unknown) => {
    await removeAll();
    throw error;
  });

  return {
    url,
    port,
    authority: certificates.authority,
    admin,
    adminToken,
    etcd,
    pid: () => server.pid,
    kill: () => server.stop("SIGKILL"),
    async start() {
      server = await startApiServer();
    },
    freeze: () => server.signal("SIGSTOP"),
    thaw: () => server.signal("SIGCONT"),
    requests: () => readAuditLog(auditLog),
    async stop() {
      await server.stop("SIGKILL");
      await removeAll();
    },
  };
}

function newPrivateKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return privateKey.export({ type: "sec1", format: "pem" }).toString();
}
