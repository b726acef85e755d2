/// <reference lib="dom" />

/** Runs an action for each of its keys, but leaves the arrow keys to the panel while that has the focus. */
export function listenToKeys(panel: HTMLElement, actions: Readonly<Record<string, () => void>>): void {
  document.addEventListener("keydown", (event) => {
    const action = actions[event.key];
    const scrollsPanel = panel.contains(document.activeElement) && event.key.startsWith("Arrow");
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey || scrollsPanel) return;
    event.preventDefault();
    action();
  });
}
