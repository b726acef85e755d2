// EDGE: the environment, files
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConfigError } from "../model/errors.ts";
import { parseHeader, parseHeaderList } from "../text/header-list.ts";

/** Where a Prometheus is, and what it asks for. */
export interface PrometheusAccess {
  /** Without credentials, without a trailing slash. */
  readonly url: string;
  /** May contain credentials, which must not appear in messages. */
  readonly headers: Readonly<Record<string, string>>;
  /** Trusted certificate authority, PEM; null: those of Node. */
  readonly authority: string | null;
}

/** Options of the access, as commander returns them; absent without the option. */
export interface PrometheusAccessOptions {
  /** `Name: value`. */
  readonly prometheusHeader?: readonly string[];
  readonly prometheusCaFile?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `url`: as written, without `/api/v1/…`; true for that of PROMETHEUS_URL. Options outrank variables, and credentials in
 * the URL a token. Throws ConfigError.
 */
export function readPrometheusAccess(
  url: string | true,
  options: PrometheusAccessOptions = {},
  environment: Environment = process.env,
): PrometheusAccess {
  const { username, password, ...parts } = parsedUrl(url, environment);
  return {
    url: parts.url,
    headers: {
      ...tokenHeader(environment.PROMETHEUS_TOKEN),
      ...listedHeaders(environment.PROMETHEUS_HEADERS),
      ...((username !== "" || password !== "") && {
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
      }),
      ...givenHeaders(options.prometheusHeader ?? []),
    },
    authority: readAuthority(options.prometheusCaFile, environment.PROMETHEUS_CA_FILE),
  };
}

interface UrlParts {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

function parsedUrl(given: string | true, environment: Environment): UrlParts {
  const text = given === true ? (environment.PROMETHEUS_URL ?? "") : given;
  if (given === true && text === "") {
    throw new ConfigError(
      "--prometheus has no URL and PROMETHEUS_URL is not set; write --prometheus http://prometheus:9090",
    );
  }
  const name = given === true ? "PROMETHEUS_URL" : "--prometheus";
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new ConfigError(`${name} ${JSON.stringify(text)} is not a URL; write it like http://prometheus:9090`);
  }
  const url = new URL(text);
  const [username, password] = [decoded(url.username), decoded(url.password)];
  url.username = "";
  url.password = "";
  url.search = "";
  url.hash = "";
  // People copy the address of the page or of a query.
  url.pathname = url.pathname.replace(/\/(api\/v1(\/.*)?|graph|query)?$/, "");
  return { url: url.href.replace(/\/+$/, ""), username, password };
}

/** Text with a stray `%` is taken as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function tokenHeader(token = ""): Readonly<Record<string, string>> {
  if (token.trim() === "") return {};
  const header = parseHeader(`authorization: Bearer ${token.trim()}`);
  if (header === null) throw new ConfigError("invalid PROMETHEUS_TOKEN: expected one line of printable ASCII");
  return { [header[0]]: header[1] };
}

function listedHeaders(text = ""): Readonly<Record<string, string>> {
  const headers = parseHeaderList(text);
  if (headers !== null) return headers;
  throw new ConfigError("invalid PROMETHEUS_HEADERS: expected key=value,key2=value2, with values in printable ASCII");
}

/** A header may hold a password: the message has only its name. */
function givenHeaders(texts: readonly string[]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const text of texts) {
    const header = parseHeader(text);
    if (header === null) {
      throw new ConfigError('invalid --prometheus-header: expected "Name: value", such as "X-Scope-OrgID: team-a"');
    }
    headers[header[0]] = header[1];
  }
  return headers;
}

function readAuthority(option: string | undefined, variable = ""): string | null {
  const path = option ?? variable;
  if (path === "") return null;
  const name = option === undefined ? "PROMETHEUS_CA_FILE" : "--prometheus-ca-file";
  let pem: string;
  try {
    pem = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`cannot read ${path} (${name}): ${code}; correct the path`);
  }
  try {
    new X509Certificate(pem);
  } catch {
    throw new ConfigError(`${path} (${name}) has no PEM certificate; pass the certificate of the CA`);
  }
  return pem;
}
