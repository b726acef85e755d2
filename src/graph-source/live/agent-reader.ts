import type { Duplex } from "node:stream";
import { readGraphFile } from "../../graph/file/read-graph-file.ts";
import type { ApiAccess } from "../../kubernetes/client/api-access.ts";
import { ApiError, FORBIDDEN, NOT_FOUND } from "../../kubernetes/client/api-error.ts";
import { openPortForward } from "../../kubernetes/client/port-forward.ts";
import { serverProblem } from "../../kubernetes/client/watch-state.ts";
import { ConfigError } from "../../model/errors.ts";
import type { ServiceGraph } from "../../model/service-graph.ts";
import type { AgentPod } from "./agent-pods.ts";
import { NoGraph, requestGraph } from "./request-graph.ts";
import { missingRight } from "./rights.ts";

/** Times and sizes for each agent. */
export interface ReadLimits {
  /** To open the port-forward. A kubelet that is away makes the API server wait for half a minute. */
  readonly openMillis: number;
  /** From the beginning to the last byte. */
  readonly totalMillis: number;
  readonly maxBytes: number;
}

export const READ_LIMITS: ReadLimits = { openMillis: 15_000, totalMillis: 60_000, maxBytes: 256 * 1024 * 1024 };

/** Reads the graphs of agents through port-forwards. */
export class AgentReader {
  readonly #access: ApiAccess;
  readonly #limits: ReadLimits;
  /** Namespaces in which this user must not forward ports, with the sentence for that. */
  readonly #forbidden = new Map<string, string>();

  constructor(access: ApiAccess, limits: ReadLimits) {
    this.#access = access;
    this.#limits = limits;
  }

  /** Throws NoGraph. */
  async read(pod: AgentPod, port: number): Promise<ServiceGraph> {
    const { totalMillis, maxBytes } = this.#limits;
    const signal = AbortSignal.timeout(totalMillis);
    const connection = await this.#open(pod, port, signal);
    try {
      return await requestGraph(connection, (bytes) => readGraphFile(bytes, "its graph"), maxBytes, signal);
    } catch (error) {
      throw error instanceof ConfigError ? new NoGraph(error.message) : error;
    }
  }

  async #open({ namespace, name }: AgentPod, port: number, signal: AbortSignal): Promise<Duplex> {
    const forbidden = this.#forbidden.get(namespace);
    if (forbidden !== undefined) throw new NoGraph(forbidden);
    try {
      return await openPortForward(this.#access, { namespace, pod: name, port }, signal, this.#limits.openMillis);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === FORBIDDEN) {
        this.#forbidden.set(namespace, missingRight(error, "create", "pods/portforward", namespace));
      }
      throw new NoGraph(this.#forbidden.get(namespace) ?? openingProblem(error));
    }
  }
}

/** Without what differs from pod to pod, so that agents are listed by reason. */
function openingProblem(error: ApiError): string {
  if (error.status === NOT_FOUND) return "its pod is gone";
  if (/error dialing backend/.test(error.message)) return "the API server does not reach the kubelet of its node";
  return serverProblem(error);
}
