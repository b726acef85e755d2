/** `key=value,key=value`, values percent-encoded: OpenTelemetry "Specifying resource information via an environment variable". */
export function resourceAttributes(value: string): [string, string][] {
  return value.split(",").flatMap((pair): [string, string][] => {
    const equals = pair.indexOf("=");
    if (equals < 0 || !isLiteral(pair)) return [];
    const encoded = pair.slice(equals + 1).trim();
    try {
      return [[pair.slice(0, equals).trim(), decodeURIComponent(encoded)]];
    } catch {
      return [[pair.slice(0, equals).trim(), encoded]];
    }
  });
}

/** The kubelet substitutes `$(VAR)`; the spec does not contain the value. */
export function isLiteral(value: string): boolean {
  return !value.includes("$(");
}
