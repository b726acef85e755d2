/// <reference lib="dom" />

import type { Choice } from "../../model/map-data.ts";
import { plural } from "../../text/number-text.ts";
import { makeElement } from "./make-element.ts";

const MAX_ROWS = 60;
const MAX_TAGS = 60;
const NUMBERS = new Intl.NumberFormat("en");

export function numberText(value: number): string {
  return NUMBERS.format(value);
}

export function countText(count: number, singular: string): string {
  return `${numberText(count)} ${plural(count, singular)}`;
}

export function heading(kind: string, title: string, dot: string): HTMLElement {
  const mark = dot === "" ? [] : [makeElement("i", `dot ${dot}`)];
  return makeElement("header", "", makeElement("span", "type", ...mark, kind), makeElement("h1", "", title));
}

export function figure(value: number, name: string, isFailure = false): HTMLElement {
  const [number, label] = [makeElement("b", "", numberText(value)), makeElement("span", "", name)];
  return makeElement("div", isFailure ? "figure bad" : "figure", number, label);
}

/** Makes buttons that change the choice. */
export class RowMaker {
  readonly #choose: (choice: Choice) => void;

  constructor(choose: (choice: Choice) => void) {
    this.#choose = choose;
  }

  row(target: Choice, title: string, detail = "", badge: HTMLElement | string = ""): HTMLElement {
    const text = makeElement("span", "row-text", makeElement("span", "row-title", title));
    if (detail !== "") text.append(makeElement("span", "row-detail", detail));
    const button = makeElement("button", "row", text, badge);
    button.setAttribute("type", "button");
    button.addEventListener("click", () => this.#choose(target));
    return button;
  }
}

export function actionButton(text: string, act: () => void, key = ""): HTMLElement {
  const button = makeElement("button", "action", text, ...(key === "" ? [] : [makeElement("kbd", "", key)]));
  button.setAttribute("type", "button");
  button.addEventListener("click", act);
  return button;
}

/** A titled list of rows with their number; `empty` is the text without rows. */
export function section(title: string, rows: readonly HTMLElement[], empty: string): HTMLElement {
  const count = rows.length === 0 ? "" : ` ${rows.length}`;
  const titleLine = makeElement("h2", "", title, makeElement("span", "count", count));
  const note = rows.length === 0 ? empty : moreText(rows.length - MAX_ROWS);
  const notes = note === "" ? [] : [makeElement("p", "empty", note)];
  return makeElement("section", "", titleLine, ...rows.slice(0, MAX_ROWS), ...notes);
}

/** A titled list of short texts; empty without texts. */
export function tags(title: string, texts: readonly string[]): HTMLElement[] {
  if (texts.length === 0) return [];
  const shown = texts.slice(0, MAX_TAGS).map((text) => makeElement("code", "", text));
  const more = moreText(texts.length - MAX_TAGS);
  const notes = more === "" ? [] : [makeElement("p", "empty", more)];
  return [makeElement("section", "", makeElement("h2", "", title), makeElement("div", "tags", ...shown), ...notes)];
}

function moreText(count: number): string {
  return count > 0 ? `and ${count} more` : "";
}
