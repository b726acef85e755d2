/// <reference lib="dom" />

import type { Choice, MapData } from "../model/map-data.ts";
import { makeElement } from "./panel/make-element.ts";
import { SearchIndex } from "./search-matches.ts";

/** Connects the search field to the list of matches below it. */
export function startSearch(
  input: HTMLInputElement,
  list: HTMLElement,
  data: MapData,
  choose: (choice: Choice) => void,
): void {
  new SearchBox(input, list, data, choose).listen();
}

class SearchBox {
  readonly #input: HTMLInputElement;
  readonly #list: HTMLElement;
  readonly #data: MapData;
  readonly #choose: (choice: Choice) => void;
  #matches: readonly Choice[] = [];
  #marked = 0;

  constructor(input: HTMLInputElement, list: HTMLElement, data: MapData, choose: (choice: Choice) => void) {
    this.#input = input;
    this.#list = list;
    this.#data = data;
    this.#choose = choose;
  }

  listen(): void {
    const input = this.#input;
    input.addEventListener("input", () => {
      this.#matches = new SearchIndex(this.#data).find(input.value);
      this.#marked = 0;
      this.#show();
    });
    input.addEventListener("focus", () => this.#show());
    input.addEventListener("blur", () => this.#show());
    input.addEventListener("keydown", (event) => this.#press(event));
  }

  #press(event: KeyboardEvent): void {
    event.stopPropagation();
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const count = this.#matches.length;
    if (step !== 0 && count > 0) {
      this.#marked = (this.#marked + step + count) % count;
      this.#show();
      event.preventDefault();
    }
    const choice = this.#matches[this.#marked];
    if (event.key === "Enter" && choice) this.#take(choice);
    if (event.key === "Escape") this.#clear();
  }

  #take(choice: Choice): void {
    this.#clear();
    this.#show();
    this.#choose(choice);
  }

  #clear(): void {
    this.#input.value = "";
    this.#matches = [];
    this.#input.blur();
  }

  #show(): void {
    const input = this.#input;
    const isOpen = input.value.trim() !== "" && document.activeElement === input;
    this.#list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    const options = this.#matches.map((choice, position) => this.#option(choice, position));
    this.#list.replaceChildren(...(options.length > 0 ? options : [makeElement("li", "none", "No match.")]));
    if (options.length > 0) input.setAttribute("aria-activedescendant", `found-${this.#marked}`);
    else input.removeAttribute("aria-activedescendant");
  }

  #option(choice: Choice, position: number): HTMLElement {
    const { nodes, namespaces } = this.#data;
    const isMarked = position === this.#marked;
    const node = choice.type === "node" ? nodes[choice.index] : undefined;
    const item = makeElement(
      "li",
      isMarked ? "marked" : "",
      makeElement("i", `dot ${node?.type ?? "space"}`),
      makeElement("span", "row-title", node?.label ?? namespaces[choice.index]?.name ?? ""),
      makeElement("span", "row-detail", node?.kind ?? "namespace"),
    );
    item.id = `found-${position}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(isMarked));
    item.addEventListener("mousedown", (event) => {
      event.preventDefault();
      this.#take(choice);
    });
    return item;
  }
}
