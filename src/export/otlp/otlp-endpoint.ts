import { canonicalAddress } from "../../model/address.ts";
import { ConfigError } from "../../model/errors.ts";
import { OtlpPort } from "../../model/interaction.ts";

export type OtlpProtocol = "grpc" | "http/protobuf";

export interface OtlpEndpoint {
  /** `host:port`, an IPv6 host in brackets; for gRPC also a `unix:` address. */
  readonly target: string;
  readonly tls: boolean;
  /** Path and query of requests over HTTP; empty for gRPC. */
  readonly path: string;
  /** As configured but without its query, for messages. */
  readonly written: string;
}

/** A variable and its value. */
export interface EndpointSetting {
  readonly name: string;
  readonly value: string;
}

const TRACES_PATH = "/v1/traces";
const DEFAULT_PORTS = { grpc: OtlpPort.grpc, "http/protobuf": OtlpPort.http } as const;

export function defaultEndpoint(protocol: OtlpProtocol): string {
  return `http://localhost:${DEFAULT_PORTS[protocol]}`;
}

/** `http://fd00::1:4317` as `http://[fd00::1]:4317`: what `http://$(HOST_IP):4317` becomes on a node with IPv6 alone. */
function withBrackets(text: string): string {
  const [, scheme = "", host = "", rest = ""] = /^(https?:\/\/)?([0-9a-f:.]+)(:\d+(?:[/?#].*)?)$/i.exec(text) ?? [];
  return host.includes(":") && canonicalAddress(host) !== null ? `${scheme}[${host}]${rest}` : text;
}

class EndpointReader {
  readonly #setting: EndpointSetting;
  readonly #protocol: OtlpProtocol;

  constructor(setting: EndpointSetting, protocol: OtlpProtocol) {
    this.#setting = setting;
    this.#protocol = protocol;
  }

  /** `schemelessTls` decides for an endpoint without a scheme. */
  read(schemelessTls: (setting: EndpointSetting) => boolean): OtlpEndpoint {
    const { name, value } = this.#setting;
    if (/^unix:/i.test(value)) return this.#socket();
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase();
    if (scheme !== undefined && scheme !== "http" && scheme !== "https") {
      throw new ConfigError(`unsupported scheme of ${name}=${value}; use http:// or https://`);
    }
    const text = withBrackets(value);
    const url = this.#url(scheme === undefined ? `http://${text}` : text);
    const tls = scheme === undefined ? schemelessTls(this.#setting) : scheme === "https";
    const port = portIn(text) ?? this.#portOf(tls);
    return { target: `${url.hostname}:${port}`, tls, path: this.#path(url), written: value.replace(/[?#].*$/s, "") };
  }

  #socket(): OtlpEndpoint {
    const { name, value } = this.#setting;
    if (this.#protocol === "grpc") return { target: value, tls: false, path: "", written: value };
    throw new ConfigError(
      `unsupported ${name}=${value} with http/protobuf; set OTEL_EXPORTER_OTLP_PROTOCOL to grpc, or the endpoint to an address such as ${defaultEndpoint(this.#protocol)}`,
    );
  }

  #url(text: string): URL {
    let url: URL;
    try {
      url = new URL(text);
    } catch {
      throw this.#invalid("");
    }
    if (url.hostname === "") throw this.#invalid("");
    if (url.username !== "" || url.password !== "") throw this.#invalid(", without user");
    const hasPath = (url.pathname !== "/" && url.pathname !== "") || url.search !== "";
    if (this.#protocol === "grpc" && hasPath) throw this.#invalidGrpcPath();
    return url;
  }

  #portOf(tls: boolean): number {
    // Public OTLP/HTTP addresses usually have no port; a plain one without is more likely an omission.
    if (this.#protocol === "http/protobuf" && tls) return 443;
    throw this.#invalid("");
  }

  /** https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp */
  #path(url: URL): string {
    if (this.#protocol === "grpc") return "";
    if (this.#setting.name === "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") return url.pathname + url.search;
    if (url.search !== "") throw this.#invalid(", without query");
    return url.pathname.replace(/\/$/, "") + TRACES_PATH;
  }

  #invalid(without: string): ConfigError {
    const example = `collector:${DEFAULT_PORTS[this.#protocol]}`;
    return this.#error(`expected host and port, such as http://${example} or https://${example}${without}`);
  }

  #invalidGrpcPath(): ConfigError {
    return this.#error(
      "expected host and port, such as http://collector:4317, without path, query or user; for OTLP over HTTP set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    );
  }

  #error(expected: string): ConfigError {
    const { name, value } = this.#setting;
    return new ConfigError(`invalid ${name}=${value}: ${expected}`);
  }
}

/** The port as written, since URL drops the default port of its scheme. */
function portIn(text: string): string | null {
  return /^(?:[a-z]+:\/\/)?[^/?#]*:(\d+)(?=[/?#]|$)/i.exec(text)?.[1] ?? null;
}

/** Reads an endpoint. `schemelessTls` decides for one without a scheme. Throws ConfigError. */
export function readEndpoint(
  setting: EndpointSetting,
  protocol: OtlpProtocol,
  schemelessTls: (setting: EndpointSetting) => boolean,
): OtlpEndpoint {
  return new EndpointReader(setting, protocol).read(schemelessTls);
}
