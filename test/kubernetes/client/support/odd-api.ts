// An API server over plain HTTP with responses that the test defines.
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { ApiAccess } from "../../../../src/kubernetes/client/api-access.ts";
import { WATCHED_KINDS } from "../../../../src/kubernetes/objects/watched-kinds.ts";
import { file, temporaryFolder } from "../../../support/cli/wirespan.ts";

export interface OddApi {
  readonly url: string;
  /** Without credentials. */
  readonly access: ApiAccess;
  /** Paths with queries, in order; for each its headers, and its arrival in milliseconds. */
  readonly requests: string[];
  readonly headers: IncomingHttpHeaders[];
  readonly times: number[];
  /** Closes every connection. */
  cut(): void;
}

/** Responds to one request, at once, later or never. */
export type ApiReply = (path: string, response: ServerResponse) => void;

export async function startOddApi(t: TestContext, answer: ApiReply): Promise<OddApi> {
  const requests: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const times: number[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    headers.push(request.headers);
    times.push(performance.now());
    answer(request.url ?? "", response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const access: ApiAccess = { server: url, origin: "test", namespace: null, options: async () => ({}) };
  return { url, access, requests, headers, times, cut: () => server.closeAllConnections() };
}

export function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** Lines of a watch; the connection stays open. */
export function writeLines(response: ServerResponse, ...lines: readonly object[]): void {
  response.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

/** The bookmark after the last object of a streamed list. */
export function listEnd(resourceVersion: string): object {
  const annotations = { "k8s.io/initial-events-end": "true" };
  return { type: "BOOKMARK", object: { metadata: { resourceVersion, annotations } } };
}

export function refuse(response: ServerResponse, code: number, message = "refused by the test"): void {
  json(response, code, { kind: "Status", code, message });
}

export type ObjectsByKind = Readonly<Record<string, readonly object[]>>;

/** Streams these objects as the list of their kind, empty lists of other kinds, and keeps watches open without events. */
export function streamLists(objects: ObjectsByKind = {}): ApiReply {
  return (path, response) => {
    const watched = WATCHED_KINDS.find((kind) => path.startsWith(`${kind.path}?`));
    if (watched === undefined) return refuse(response, 404);
    response.writeHead(200);
    if (!path.includes("sendInitialEvents")) return response.flushHeaders();
    const listed = (objects[watched.kind] ?? []).map((object) => ({ type: "ADDED", object }));
    writeLines(response, ...listed, listEnd("7"));
  };
}

/** Path of a kubeconfig with the server. */
export function kubeconfigOf(t: TestContext, { url }: Pick<OddApi, "url">): string {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "odd",
    // Without this the client library rejects plain HTTP.
    clusters: [{ name: "odd", cluster: { server: url, "insecure-skip-tls-verify": true } }],
    users: [{ name: "me", user: { token: "t0ken" } }],
    contexts: [{ name: "odd", context: { cluster: "odd", user: "me" } }],
  };
  return file(temporaryFolder(t), "config", JSON.stringify(config));
}
