import { instance, type Viz } from "@viz-js/viz";

let loaded: Promise<Viz> | undefined;

/**
 * Graphviz, loaded once, and silent: on some graphs it writes lines such as `triangulation failed` to standard error
 * though it goes on and draws well. Viz.js has no option for that; it takes hold of `console.error` while it loads,
 * so for that one call, which no other code can run in between, something silent stands there. What fails is told by
 * the result of `render` all the same.
 */
export function loadGraphviz(): Promise<Viz> {
  if (loaded === undefined) {
    const original = console.error;
    console.error = () => {};
    try {
      loaded = instance();
    } finally {
      console.error = original;
    }
  }
  return loaded;
}
