/// <reference lib="dom" />
import type { MapData } from "../../model/map-data.ts";
import type { ViewState } from "../view/view-state.ts";
import { makeElement } from "./make-element.ts";

const AGES: readonly (readonly [text: string, seconds: number])[] = [
  ["5 minutes", 300],
  ["hour", 3600],
  ["day", 86_400],
  ["7 days", 604_800],
];

type Filters = Pick<ViewState, "namespaces" | "types" | "evidence" | "failing" | "age" | "text">;

/** The form of the filters: it reports each change, and shows the filters of a view that changed elsewhere. */
export class FilterForm {
  readonly #form: HTMLElement;
  readonly #lists: readonly (readonly [
    name: "namespaces" | "types" | "evidence",
    boxes: readonly HTMLInputElement[],
  ])[];
  readonly #text = makeElement("input", "") as HTMLInputElement;
  readonly #age = makeElement("select", "") as HTMLSelectElement;
  readonly #failing = checkbox("");

  constructor(form: HTMLElement, data: MapData, change: (filters: Filters) => void) {
    this.#form = form;
    const sorted = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();
    this.#lists = [
      ["namespaces", sorted(data.namespaces.map(({ name }) => name)).map(checkbox)],
      ["types", sorted(data.nodes.map(({ type }) => type)).map(checkbox)],
      ["evidence", sorted(data.edges.flatMap(({ evidence }) => evidence)).map(checkbox)],
    ];
    this.#text.type = "text";
    this.#text.id = "filter-text";
    this.#text.placeholder = "orders -redis";
    this.#text.spellcheck = false;
    this.#age.append(
      option("any time", ""),
      ...AGES.map(([text, seconds]) => option(`the last ${text}`, `${seconds}`)),
    );
    form.replaceChildren(
      labeled("Words; - excludes", this.#text),
      labeled("Last seen in", this.#age),
      labeled("Only failing edges", this.#failing),
      ...this.#lists.map(([name, boxes]) =>
        makeElement("fieldset", "", makeElement("legend", "", name), ...boxes.map((box) => labeled(box.value, box))),
      ),
    );
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => change(this.#read()));
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Tab") event.stopPropagation();
      // The keys of the map work again.
      if (event.key === "Escape" && document.activeElement instanceof HTMLElement) document.activeElement.blur();
    });
  }

  /** Shows the filters of a view. */
  write({ text, age, failing, ...lists }: Filters): void {
    if (this.#text.value !== text) this.#text.value = text;
    if (age !== null && ![...this.#age.options].some(({ value }) => value === `${age}`)) {
      this.#age.append(option(`the last ${age} s`, `${age}`));
    }
    this.#age.value = age === null ? "" : `${age}`;
    this.#failing.checked = failing;
    for (const [name, boxes] of this.#lists) for (const box of boxes) box.checked = lists[name].includes(box.value);
  }

  toggle(): void {
    this.#form.hidden = !this.#form.hidden;
    if (!this.#form.hidden) this.#text.focus();
  }

  #read(): Filters {
    const [namespaces = [], types = [], evidence = []] = this.#lists.map(([, boxes]) =>
      boxes.filter(({ checked }) => checked).map(({ value }) => value),
    );
    const age = this.#age.value === "" ? null : Number(this.#age.value);
    return { namespaces, types, evidence, failing: this.#failing.checked, age, text: this.#text.value };
  }
}

function checkbox(value: string): HTMLInputElement {
  const box = makeElement("input", "") as HTMLInputElement;
  box.type = "checkbox";
  box.value = value;
  return box;
}

function option(text: string, value: string): HTMLElement {
  const element = makeElement("option", "", text) as HTMLOptionElement;
  element.value = value;
  return element;
}

function labeled(text: string, control: HTMLElement): HTMLElement {
  return makeElement("label", "", ...(control.matches("[type=checkbox]") ? [control, text] : [text, control]));
}
