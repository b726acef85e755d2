/// <reference lib="dom" />
import { makeElement } from "./make-element.ts";
import type { Choice, MapData } from "./map-data.ts";

/** Search over names, namespaces and DNS names, with a list below the box. Runs in the page. */
export function startSearch(
  input: HTMLInputElement,
  list: HTMLElement,
  data: MapData,
  choose: (choice: Choice) => void,
): void {
  const askedNames = data.nodes.map(() => new Set<string>());
  for (const edge of data.edges) for (const name of edge.names) askedNames[edge.server]?.add(name.toLowerCase());
  let found: Choice[] = [];
  let marked = 0;

  /** Lower is better; null is no match. */
  function score(title: string, others: Iterable<string>, wanted: string): number | null {
    const at = title.toLowerCase().indexOf(wanted);
    if (at >= 0) return at === 0 ? title.length : 100 + title.length;
    for (const other of others) if (other.toLowerCase().includes(wanted)) return 1000 + other.length;
    return null;
  }
  function matches(wanted: string): Choice[] {
    const scored: { choice: Choice; points: number }[] = [];
    data.namespaces.forEach((namespace, index) => {
      const points = score(namespace.name, [], wanted);
      if (points !== null) scored.push({ choice: { type: "namespace", index }, points: points + 0.5 });
    });
    data.nodes.forEach((node, index) => {
      const points = score(node.title, [node.label, ...(askedNames[index] ?? [])], wanted);
      if (points !== null) scored.push({ choice: { type: "node", index }, points });
    });
    return scored
      .sort((a, b) => a.points - b.points)
      .slice(0, 12)
      .map(({ choice }) => choice);
  }
  function option(choice: Choice, position: number): HTMLElement {
    const node = choice.type === "node" ? data.nodes[choice.index] : undefined;
    const title = node ? node.label : (data.namespaces[choice.index]?.name ?? "");
    const item = makeElement(
      "li",
      position === marked ? "marked" : "",
      makeElement("i", `dot ${node?.type ?? "space"}`),
      makeElement("span", "row-title", title),
      makeElement("span", "row-detail", node?.kind ?? "namespace"),
    );
    item.id = `found-${position}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(position === marked));
    item.addEventListener("mousedown", (event) => {
      event.preventDefault();
      take(choice);
    });
    return item;
  }
  function show(): void {
    const isOpen = input.value.trim() !== "" && document.activeElement === input;
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    list.replaceChildren(
      ...(found.length > 0 ? found.map(option) : [makeElement("li", "none", "Nothing has that name.")]),
    );
    if (found.length > 0) input.setAttribute("aria-activedescendant", `found-${marked}`);
    else input.removeAttribute("aria-activedescendant");
  }
  function take(choice: Choice): void {
    input.value = "";
    found = [];
    input.blur();
    show();
    choose(choice);
  }
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    found = wanted === "" ? [] : matches(wanted);
    marked = 0;
    show();
  });
  input.addEventListener("focus", show);
  input.addEventListener("blur", show);
  input.addEventListener("keydown", (event) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && found.length > 0) {
      marked = (marked + step + found.length) % found.length;
      show();
      event.preventDefault();
    }
    const choice = found[marked];
    if (event.key === "Enter" && choice) take(choice);
    if (event.key === "Escape") {
      input.value = "";
      found = [];
      input.blur();
    }
    event.stopPropagation();
  });
}
