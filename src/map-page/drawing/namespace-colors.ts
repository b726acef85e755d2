/** Colors of the frame and the title of a namespace. */
export interface NamespaceColors {
  readonly fill: string;
  readonly fillOpacity: number;
  /** Of a folded namespace, which lines pass behind. */
  readonly folded: string;
  readonly border: string;
  readonly title: string;
}

/**
 * Olive to violet, without reds, which mean failures. The golden ratio gives successive namespaces distant hues. On the
 * page and on the frame itself, the border has a contrast of at least 3 and the title one of at least 4.5.
 */
export function namespaceColors(index: number, isDark: boolean): NamespaceColors {
  const hue = Math.round(70 + ((index * 0.618_034 + 0.6) % 1) * 195);
  return {
    fill: `hsl(${hue},60%,50%)`,
    fillOpacity: isDark ? 0.1 : 0.07,
    folded: isDark ? `hsl(${hue},35%,15%)` : `hsl(${hue},50%,94%)`,
    border: isDark ? `hsl(${hue},35%,55%)` : `hsl(${hue},40%,40%)`,
    title: isDark ? `hsl(${hue},60%,75%)` : `hsl(${hue},55%,28%)`,
  };
}
