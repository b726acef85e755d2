/// <reference lib="dom" />
import type { GraphView } from "./drawing/graph-view.ts";
import { byId } from "./panel/make-element.ts";

type Theme = "light" | "dark";

/** Connects the buttons that save the view as a file, and that print it. `setTheme` changes the theme until it is changed again. */
export function startSaving(view: GraphView, setTheme: (theme: Theme) => void): void {
  byId("save-svg").addEventListener("click", () => save(new Blob([view.svg()], { type: "image/svg+xml" }), "map.svg"));
  byId("save-png").addEventListener("click", () => save(view.png(), "map.png"));
  byId("print").addEventListener("click", () => print());
  preparePaper(view, setTheme);
}

/**
 * On paper the view is a picture that fits its width, with dark lines and an open legend: browsers print no background, and
 * a drawing of the size of the window would be cut.
 */
function preparePaper(view: GraphView, setTheme: (theme: Theme) => void): void {
  const root = document.documentElement;
  const legend = byId("legend") as HTMLDetailsElement;
  let before: { readonly theme: Theme; readonly hasLegend: boolean } | null = null;
  addEventListener("beforeprint", () => {
    before ??= { theme: root.dataset.theme === "dark" ? "dark" : "light", hasLegend: legend.open };
    setTheme("light");
    legend.open = true;
    const picture = new DOMParser().parseFromString(view.svg(), "image/svg+xml").documentElement;
    byId("paper").replaceChildren(document.importNode(picture, true));
  });
  addEventListener("afterprint", () => {
    byId("paper").replaceChildren();
    if (before === null) return;
    setTheme(before.theme);
    legend.open = before.hasLegend;
    before = null;
  });
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download has begun by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
