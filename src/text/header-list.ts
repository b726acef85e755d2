/** Names of HTTP headers. */
const NAME = /^[0-9a-z!#$%&'*+.^_`|~-]+$/;
const PRINTABLE = /^[ -~]*$/;

/**
 * `key=value,key2=value2` with percent-encoded values, names in lower case; null if the text is not such a list:
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables
 */
export function parseHeaderList(text: string): Readonly<Record<string, string>> | null {
  const headers: Record<string, string> = {};
  for (const entry of text.split(",")) {
    if (entry.trim() === "") continue;
    const equals = entry.indexOf("=");
    const name = entry.slice(0, Math.max(0, equals)).trim().toLowerCase();
    const value = decoded(entry.slice(equals + 1).trim());
    if (!NAME.test(name) || value === null) return null;
    headers[name] = value;
  }
  return headers;
}

/** `Name: value`, as curl writes it; the name in lower case. Null for other texts. */
export function parseHeader(text: string): readonly [name: string, value: string] | null {
  const colon = text.indexOf(":");
  const name = text.slice(0, Math.max(0, colon)).trim().toLowerCase();
  const value = text.slice(colon + 1).trim();
  return NAME.test(name) && PRINTABLE.test(value) ? [name, value] : null;
}

function decoded(text: string): string | null {
  try {
    const value = decodeURIComponent(text);
    return PRINTABLE.test(value) ? value : null;
  } catch {
    return null;
  }
}
