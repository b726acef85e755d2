/** For options that may be given several times. */
export function collect(value: string, given: readonly string[] | undefined): string[] {
  return [...(given ?? []), value];
}
