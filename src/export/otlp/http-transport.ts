// EDGE: HTTP and DNS
import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FailedAnswer } from "../queue/exporter.ts";
import { readClientCertificates } from "./client-certificates.ts";
import { httpConnectionProblem, httpStatusProblem, httpTimeoutProblem } from "./http-problem.ts";
import { httpVerdict, readBody, reasonIn, retryAfterMillis } from "./http-response.ts";
import type { OtlpEndpoint, OtlpEnvironment } from "./otlp-environment.ts";
import { type AcceptedRequest, type OtlpTransport, RESOLUTION_INTERVAL_MILLIS } from "./otlp-transport.ts";

const gzipped = promisify(gzip);

/** Below the 5 s after which the first servers close idle connections: a request that meets the close is of unknown fate. */
const IDLE_MILLIS = 4_000;
/** TLS alerts by which a server refuses the client's certificate; with TLS 1.3 they follow the client's request. */
const REFUSED_HANDSHAKE =
  /alert (certificate|(bad|unsupported) certificate|unknown ca|handshake failure|access denied)/i;
/** A SETTINGS frame, with which an HTTP/2 server begins: 3 bytes of length, type 4, flags, stream 0. */
const SETTINGS_FRAME = /^00....04..00000000/;

class TimeoutError extends Error {}

/** Resolves the name of the endpoint at most every 10 s; a failure is kept as long. */
function cachingLookup(): LookupFunction {
  let sinceMillis = Number.NEGATIVE_INFINITY;
  let found: Promise<readonly LookupAddress[]> = Promise.resolve([]);
  const resolve = (host: string, options: LookupOptions) =>
    new Promise<readonly LookupAddress[]>((done, fail) => {
      lookup(host, { ...options, all: true }, (error, addresses) => (error === null ? done(addresses) : fail(error)));
    });
  return (host, options, callback) => {
    if (performance.now() - sinceMillis >= RESOLUTION_INTERVAL_MILLIS) {
      sinceMillis = performance.now();
      found = resolve(host, options);
    }
    found.then(
      (addresses) => {
        if (options.all) callback(null, [...addresses]);
        else callback(null, addresses[0]?.address ?? "", addresses[0]?.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ""),
    );
  };
}

/** OTLP over HTTP/1.1 on connections that are kept. */
class HttpTransport implements OtlpTransport {
  readonly #environment: OtlpEnvironment;
  readonly #agent: HttpAgent;
  readonly #request: (response: (response: IncomingMessage) => void, length: number) => ClientRequest;

  constructor(environment: OtlpEnvironment, version: string) {
    this.#environment = environment;
    const { endpoint } = environment;
    this.#agent = agentFor(environment);
    const colon = endpoint.target.lastIndexOf(":");
    const options = {
      method: "POST",
      host: endpoint.target.slice(0, colon).replace(/^\[(.*)\]$/, "$1"),
      port: endpoint.target.slice(colon + 1),
      path: endpoint.path,
      agent: this.#agent,
      lookup: cachingLookup(),
    };
    const headers = requestHeaders(environment, version);
    const request = endpoint.tls ? httpsRequest : httpRequest;
    this.#request = (response, length) =>
      request({ ...options, headers: { ...headers, "content-length": length } }, response);
  }

  async post(request: Buffer): Promise<AcceptedRequest | FailedAnswer> {
    const body = this.#environment.compression === "gzip" ? await gzipped(request) : request;
    return new Promise((resolve, reject) => this.#send(body, resolve, reject));
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(
    body: Buffer,
    resolve: (answer: AcceptedRequest | FailedAnswer) => void,
    reject: (error: unknown) => void,
  ): void {
    const { endpoint, timeoutMillis } = this.#environment;
    let hasResponse = false;
    let isConnected = false;
    const request = this.#request((response) => {
      hasResponse = true;
      answerOf(response, endpoint).then(resolve, reject);
    }, body.length);
    request.on("socket", (socket) => {
      isConnected = request.reusedSocket;
      if (!isConnected) socket.once(endpoint.tls ? "secureConnect" : "connect", () => (isConnected = true));
    });
    const end = (error: Error) => {
      // After the header of the response, its status decides.
      if (!hasResponse) resolve(unanswered(error, isConnected, endpoint));
    };
    const timer = setTimeout(() => request.destroy(new TimeoutError()), timeoutMillis);
    request.on("error", end);
    request.on("close", () => {
      clearTimeout(timer);
      // Node emits no error where a server switches protocols.
      end(new Error("socket hang up"));
    });
    request.end(body);
  }
}

function agentFor(environment: OtlpEnvironment): HttpAgent {
  const keep = { keepAlive: true, timeout: IDLE_MILLIS };
  if (!environment.endpoint.tls) return new HttpAgent(keep);
  const { authority, client } = readClientCertificates(environment);
  return new HttpsAgent({
    ...keep,
    ...(authority !== null && { ca: authority }),
    ...(client !== null && { cert: client.certificate, key: client.key }),
  });
}

/** Headers of the user never replace those that describe the body. */
function requestHeaders({ headers, compression }: OtlpEnvironment, version: string): Record<string, string> {
  const { "transfer-encoding": _, "content-encoding": __, ...others } = headers;
  return {
    ...others,
    "user-agent": `wirespan/${version}`,
    "content-type": "application/x-protobuf",
    ...(compression === "gzip" && { "content-encoding": "gzip" }),
  };
}

async function answerOf(response: IncomingMessage, endpoint: OtlpEndpoint): Promise<AcceptedRequest | FailedAnswer> {
  const { statusCode: status = 0, headers, socket } = response;
  const body = await readBody(response);
  if (status >= 200 && status < 300) return { type: "accepted", response: body };
  const verdict = httpVerdict(status);
  // The server may be one of several: the next connection may reach another one.
  if (status >= 502 && verdict === "retry") socket.destroy();
  const wait = verdict === "retry" ? retryAfterMillis(headers, Date.now()) : null;
  const sentence = httpStatusProblem(endpoint, status, reasonIn(body, headers["content-type"]));
  return { type: "failed", verdict, code: status, retryAfterMillis: wait, sentence };
}

/** A request without response. Its fate is unknown once the connection stood, unless the server refused it. */
function unanswered(error: Error, isConnected: boolean, endpoint: OtlpEndpoint): FailedAnswer {
  const failure = { type: "failed", retryAfterMillis: null } as const;
  const isLate = error instanceof TimeoutError;
  if (isConnected && isLate) {
    return { ...failure, verdict: "unknown", code: "time-out", sentence: httpTimeoutProblem(endpoint) };
  }
  const sentence = httpConnectionProblem(endpoint, isLate ? "ETIMEDOUT" : detailsOf(error));
  if (isConnected && !isRefused(error)) return { ...failure, verdict: "unknown", code: "closed", sentence };
  return { ...failure, verdict: "retry", code: "unconnected", sentence };
}

function isRefused(error: Error): boolean {
  const { rawPacket } = error as { rawPacket?: Buffer };
  return REFUSED_HANDSHAKE.test(error.message) || SETTINGS_FRAME.test(rawPacket?.subarray(0, 9).toString("hex") ?? "");
}

/** Code and message; of several addresses, those of the first. */
function detailsOf(error: Error): string {
  const [first] = error instanceof AggregateError ? (error.errors as Error[]) : [];
  const { code = "", message } = (first ?? error) as NodeJS.ErrnoException;
  return `${code} ${message}`.trim();
}

/** OTLP over HTTP with binary protobuf. Throws ConfigError for unusable certificates. */
export function createHttpTransport(environment: OtlpEnvironment, version: string): OtlpTransport {
  return new HttpTransport(environment, version);
}
