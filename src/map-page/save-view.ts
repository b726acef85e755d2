/// <reference lib="dom" />
import type { GraphView } from "./drawing/graph-view.ts";
import { byId } from "./panel/make-element.ts";

/** Connects the buttons that save the view as a file, and that print it. */
export function startSaving(view: GraphView): void {
  byId("save-svg").addEventListener("click", () => save(new Blob([view.svg()], { type: "image/svg+xml" }), "map.svg"));
  byId("save-png").addEventListener("click", () => save(view.png(), "map.png"));
  byId("print").addEventListener("click", () => print());
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download has begun by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
