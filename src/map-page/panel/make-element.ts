/// <reference lib="dom" />

/** An element with children. Texts become text nodes, so names are never parsed as markup. */
export function makeElement(tag: string, className: string, ...children: (Node | string)[]): HTMLElement {
  const element = document.createElement(tag);
  if (className !== "") element.className = className;
  element.append(...children);
  return element;
}

/** An element of the fixed markup of the page. */
export function byId(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement;
}
