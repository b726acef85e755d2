import type { Choice, MapData } from "../model/map-data.ts";

const MAX_MATCHES = 12;
/** Added to the score of a match inside the title, and of one in a label or a DNS name: they come later in the list. */
const INSIDE_TITLE = 100;
const OUTSIDE_TITLE = 1000;

/** Finds nodes and namespaces by title, label and the DNS names that clients asked for. */
export class SearchIndex {
  readonly #data: MapData;
  readonly #askedNames: readonly ReadonlySet<string>[];

  constructor(data: MapData) {
    this.#data = data;
    const askedNames = data.nodes.map(() => new Set<string>());
    for (const { names, server } of data.edges) for (const name of names) askedNames[server]?.add(name);
    this.#askedNames = askedNames;
  }

  /** The best matches of a text, best first; case does not count. */
  find(text: string): Choice[] {
    const wanted = text.trim().toLowerCase();
    if (wanted === "") return [];
    const { namespaces, nodes } = this.#data;
    const scored: { choice: Choice; points: number }[] = [];
    for (const [index, { name }] of namespaces.entries()) {
      const points = score(name, [], wanted);
      // Behind a node of the same title.
      if (points !== null) scored.push({ choice: { type: "namespace", index }, points: points + 0.5 });
    }
    for (const [index, { title, label }] of nodes.entries()) {
      const points = score(title, [label, ...(this.#askedNames[index] ?? [])], wanted);
      if (points !== null) scored.push({ choice: { type: "node", index }, points });
    }
    scored.sort((a, b) => a.points - b.points);
    return scored.slice(0, MAX_MATCHES).map(({ choice }) => choice);
  }
}

/** Lower is better; null is no match. */
function score(title: string, others: readonly string[], wanted: string): number | null {
  const at = title.toLowerCase().indexOf(wanted);
  if (at >= 0) return at === 0 ? title.length : INSIDE_TITLE + title.length;
  const other = others.find((text) => text.toLowerCase().includes(wanted));
  return other === undefined ? null : OUTSIDE_TITLE + other.length;
}
