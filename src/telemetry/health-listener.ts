// EDGE: a timer
import { AddressInUse, type HealthServer, type HealthSources, startHealthServer } from "./health-server.ts";
import { isEveryAddress, type ListenAddress } from "./listen-address.ts";

const RETRY_MILLIS = 10_000;

/**
 * Serves health and metrics at one address. On a node's network another program may use the port: the agent reports that,
 * continues to capture, and tries again until the port is free.
 */
export class HealthListener {
  readonly #address: ListenAddress;
  readonly #sources: HealthSources;
  readonly #report: (message: string) => void;
  readonly #retryMillis: number;
  #server: HealthServer | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(
    address: ListenAddress,
    sources: HealthSources,
    report: (message: string) => void,
    retryMillis = RETRY_MILLIS,
  ) {
    this.#address = address;
    this.#sources = sources;
    this.#report = report;
    this.#retryMillis = retryMillis;
  }

  /** The value of --listen. */
  get written(): string {
    return this.#address.written;
  }

  get #served(): string {
    return this.#sources.metrics === undefined ? "health, graph and intents" : "health and metrics";
  }

  /** Null while another program uses the port. */
  get url(): string | null {
    return this.#server?.url ?? null;
  }

  /** Resolves when it serves, or when another program uses the port. Throws ConfigError for any other reason. */
  async start(): Promise<void> {
    if (await this.#listen()) return;
    this.#report(
      `${this.#served} are not served at ${this.written}: another process uses that port; end it (ss -ltnp shows it), or choose another port; retrying every ${this.#retryMillis / 1000} s`,
    );
    this.#retry();
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#server?.close();
  }

  async #listen(): Promise<boolean> {
    try {
      this.#server = await startHealthServer(this.#address, this.#sources, this.#report);
    } catch (error) {
      if (error instanceof AddressInUse) return false;
      throw error;
    }
    if (this.#isClosed) this.#server.close();
    const others = isEveryAddress(this.#address) ? " (and at every other address of this machine)" : "";
    this.#report(`${this.#served} at ${this.#server.url}${others}`);
    return true;
  }

  #retry(): void {
    this.#timer = setTimeout(() => {
      this.#listen().then(
        (isListening) => isListening || this.#isClosed || this.#retry(),
        () => this.#isClosed || this.#retry(),
      );
    }, this.#retryMillis);
    this.#timer.unref();
  }
}
