/// <reference lib="dom" />

/** An element with text and elements inside. Texts become text nodes: no name can become markup. */
export function makeElement(tag: string, className: string, ...children: (Node | string)[]): HTMLElement {
  const element = document.createElement(tag);
  if (className !== "") element.className = className;
  element.append(...children);
  return element;
}

/** An element of the page's fixed markup. */
export function byId(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement;
}
