import { Agent, request } from "node:https";

/** An object of the API. Only the fields that tests use have a type. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ApiMetadata;
  readonly status?: object;
  readonly [field: string]: unknown;
}

export interface ApiMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly [field: string]: unknown;
}

export interface ApiResponse {
  readonly status: number;
  readonly text: string;
}

/** Identifies an object; without a namespace it is cluster-scoped. */
export type ApiReference = Pick<ApiObject, "apiVersion" | "kind"> & {
  readonly metadata: Pick<ApiMetadata, "name" | "namespace">;
};

const MERGE_PATCH = "application/merge-patch+json";
const CONNECTIONS = 16;

/** Requests to an API server, as one user. */
export class KubernetesApi {
  readonly #url: string;
  readonly #token: string;
  readonly #agent: Agent;

  /** `authority`: PEM text of the CA certificate. */
  constructor(url: string, authority: string, token: string) {
    this.#url = url;
    this.#token = token;
    this.#agent = new Agent({ ca: authority, keepAlive: true, maxSockets: CONNECTIONS });
  }

  /** Sends any request; resolves with any status. `body` is sent as JSON. */
  request(method: string, path: string, body?: object, contentType = "application/json"): Promise<ApiResponse> {
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${this.#token}`,
      "content-type": contentType,
      "content-length": Buffer.byteLength(text),
    };
    return new Promise((resolve, reject) => {
      const sent = request(`${this.#url}${path}`, { method, headers, agent: this.#agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
        );
      });
      sent.on("error", reject);
      sent.end(text);
    });
  }

  get<T extends object = ApiObject>(path: string): Promise<T> {
    return this.#object<T>("GET", path);
  }

  /** Creates an object, then writes its status, as controllers and kubelets do. */
  async create(object: ApiObject): Promise<ApiObject> {
    const { status, ...rest } = object;
    const { name: _, ...place } = object.metadata;
    const created = await this.#object("POST", pathOf({ ...object, metadata: { ...place, name: "" } }), rest);
    return status === undefined ? created : this.patchStatus(object, status);
  }

  /** A merge patch: null removes a field, lists are replaced as a whole. */
  patch(reference: ApiReference, fields: object): Promise<ApiObject> {
    return this.#object("PATCH", pathOf(reference), fields, MERGE_PATCH);
  }

  patchStatus(reference: ApiReference, status: object): Promise<ApiObject> {
    return this.#object("PATCH", `${pathOf(reference)}/status`, { status }, MERGE_PATCH);
  }

  /**
   * Deletes an object. A pod on a node first gets its `deletionTimestamp`; it exists until it is deleted again with
   * `graceSeconds` 0, as its kubelet does. All other objects are deleted at once.
   */
  delete(reference: ApiReference, graceSeconds = 0): Promise<object> {
    return this.#object<object>("DELETE", pathOf(reference), { gracePeriodSeconds: graceSeconds });
  }

  close(): void {
    this.#agent.destroy();
  }

  async #object<T = ApiObject>(method: string, path: string, body?: object, contentType?: string): Promise<T> {
    const { status, text } = await this.request(method, path, body, contentType);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
    return JSON.parse(text) as T;
  }
}

/** `/api/v1/namespaces/shop/pods/web-1`; with an empty name the collection. */
export function pathOf({ apiVersion, kind, metadata: { name, namespace } }: ApiReference): string {
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = namespace === undefined ? "" : `/namespaces/${namespace}`;
  return `${group}${scope}/${kind.toLowerCase().replace(/y$/, "ie")}s${name === "" ? "" : `/${name}`}`;
}
