import type { Choice, MapData } from "../model/map-data.ts";

const MAX_MATCHES = 12;
/** Added to the score of matches inside the title, and of matches in a label or DNS name, to sort them later. */
const INSIDE_TITLE = 100;
const OUTSIDE_TITLE = 1000;

/** Finds nodes and namespaces by title, label and the DNS names that clients looked up. */
export class SearchIndex {
  readonly #data: MapData;
  readonly #dnsNames: readonly ReadonlySet<string>[];

  constructor(data: MapData) {
    this.#data = data;
    const dnsNames = data.nodes.map(() => new Set<string>());
    for (const { names, server } of data.edges) for (const name of names) dnsNames[server]?.add(name);
    this.#dnsNames = dnsNames;
  }

  /** The best matches of a text, best first, ignoring case. */
  find(text: string): Choice[] {
    const wanted = text.trim().toLowerCase();
    if (wanted === "") return [];
    const { namespaces, nodes } = this.#data;
    const scored: { choice: Choice; points: number }[] = [];
    for (const [index, { name }] of namespaces.entries()) {
      const points = score(name, [], wanted);
      // After a node with the same title.
      if (points !== null) scored.push({ choice: { type: "namespace", index }, points: points + 0.5 });
    }
    for (const [index, { title, label }] of nodes.entries()) {
      const points = score(title, [label, ...(this.#dnsNames[index] ?? [])], wanted);
      if (points !== null) scored.push({ choice: { type: "node", index }, points });
    }
    scored.sort((a, b) => a.points - b.points);
    return scored.slice(0, MAX_MATCHES).map(({ choice }) => choice);
  }
}

/** Lower is better; null without a match. */
function score(title: string, others: readonly string[], wanted: string): number | null {
  const at = title.toLowerCase().indexOf(wanted);
  if (at >= 0) return at === 0 ? title.length : INSIDE_TITLE + title.length;
  const other = others.find((text) => text.toLowerCase().includes(wanted));
  return other === undefined ? null : OUTSIDE_TITLE + other.length;
}
