/// <reference lib="dom" />
import { makeElement } from "./make-element.ts";
import type { Choice, MapData, MapEdge } from "./map-data.ts";

/** What the side panel shows for a choice, or for none. Runs in the page. */
export function panelContent(data: MapData, choice: Choice | null, choose: (choice: Choice) => void): HTMLElement[] {
  const numbers = new Intl.NumberFormat("en");
  const mostRows = 60;
  function plural(count: number, one: string): string {
    return `${numbers.format(count)} ${one}${count === 1 ? "" : "s"}`;
  }
  function figure(value: number, name: string, isBad: boolean): HTMLElement {
    return makeElement(
      "div",
      isBad ? "figure bad" : "figure",
      makeElement("b", "", numbers.format(value)),
      makeElement("span", "", name),
    );
  }
  function row(target: Choice, title: string, detail: string, badge: HTMLElement | string): HTMLElement {
    const text = makeElement("span", "row-text", makeElement("span", "row-title", title));
    if (detail !== "") text.append(makeElement("span", "row-detail", detail));
    const button = makeElement("button", "row", text, badge);
    button.setAttribute("type", "button");
    button.addEventListener("click", () => choose(target));
    return button;
  }
  function section(title: string, rows: readonly HTMLElement[], empty: string): HTMLElement {
    const count = rows.length === 0 ? "" : ` ${rows.length}`;
    const heading = makeElement("h2", "", title, makeElement("span", "count", count));
    const rest = rows.length === 0 ? empty : rows.length > mostRows ? `and ${rows.length - mostRows} more` : "";
    const note = rest === "" ? [] : [makeElement("p", "empty", rest)];
    return makeElement("section", "", heading, ...rows.slice(0, mostRows), ...note);
  }
  function countBadge(edge: MapEdge): HTMLElement {
    if (edge.failed === 0) {
      return makeElement("span", "badge", edge.connections > 0 ? numbers.format(edge.connections) : "lookup");
    }
    return makeElement("span", "badge bad", `${numbers.format(edge.failed)} failed`);
  }
  function edgeDetail(edge: MapEdge): string {
    const parts = [plural(edge.connections, "connection")];
    if (edge.ports !== "") parts.push(`port ${edge.ports}`);
    if (edge.handshake[0]) parts.push(`p50 ${edge.handshake[0]}`);
    return parts.join(" · ");
  }
  function nodeAt(index: number): MapData["nodes"][number] {
    const node = data.nodes[index];
    if (node === undefined) throw new Error("no such node");
    return node;
  }
  function edgeRows(edges: readonly MapEdge[], other: (edge: MapEdge) => string): HTMLElement[] {
    return [...edges]
      .sort((a, b) => Number(b.failed > 0) - Number(a.failed > 0) || b.connections - a.connections)
      .map((edge) =>
        row({ type: "edge", index: data.edges.indexOf(edge) }, other(edge), edgeDetail(edge), countBadge(edge)),
      );
  }
  function heading(kind: string, title: string, dot: string): HTMLElement {
    const mark = dot === "" ? [] : [makeElement("i", `dot ${dot}`)];
    const badge = makeElement("span", "type", ...mark, kind);
    return makeElement("header", "", badge, makeElement("h1", "", title));
  }
  function arrow(edge: MapEdge): string {
    return `${nodeAt(edge.client).label} → ${nodeAt(edge.server).label}`;
  }
  function total(edges: readonly MapEdge[], of: (edge: MapEdge) => number): number {
    return edges.reduce((sum, edge) => sum + of(edge), 0);
  }
  function tags(title: string, texts: readonly string[]): HTMLElement[] {
    if (texts.length === 0) return [];
    const shown = texts.slice(0, 60).map((text) => makeElement("code", "", text));
    const more = texts.length > 60 ? [makeElement("p", "empty", `and ${texts.length - 60} more`)] : [];
    return [makeElement("section", "", makeElement("h2", "", title), makeElement("div", "tags", ...shown), ...more)];
  }

  if (choice === null) {
    const failing = data.edges.filter((edge) => edge.failed > 0);
    const spaces = data.namespaces.map((namespace, index) => {
      const size = data.nodes.filter((node) => node.namespace === index).length;
      return row({ type: "namespace", index }, namespace.name, "", makeElement("span", "badge", plural(size, "node")));
    });
    return [
      heading("overview", "Service graph", ""),
      makeElement(
        "div",
        "figures four",
        figure(data.nodes.length, "nodes", false),
        figure(data.edges.length, "edges", false),
        figure(
          total(data.edges, (edge) => edge.connections),
          "connections",
          false,
        ),
        figure(failing.length, "failing edges", failing.length > 0),
      ),
      section("Failing", edgeRows(failing, arrow), "Nothing failed."),
      section("Namespaces", spaces, "No namespaces: replay with a cluster file to see workloads."),
    ];
  }
  if (choice.type === "namespace") {
    const inside = (index: number): boolean => nodeAt(index).namespace === choice.index;
    const members = data.nodes.flatMap((node, index) =>
      node.namespace === choice.index ? [row({ type: "node", index }, node.title, node.kind, "")] : [],
    );
    const crossing = data.edges.filter((edge) => inside(edge.client) !== inside(edge.server));
    return [
      heading("namespace", data.namespaces[choice.index]?.name ?? "", "space"),
      section(
        "Called from outside by",
        edgeRows(
          crossing.filter((edge) => inside(edge.server)),
          arrow,
        ),
        "Nobody.",
      ),
      section(
        "Calls outside",
        edgeRows(
          crossing.filter((edge) => inside(edge.client)),
          arrow,
        ),
        "Nothing.",
      ),
      section("Members", members, ""),
    ];
  }
  if (choice.type === "node") {
    const node = nodeAt(choice.index);
    const callers = data.edges.filter((edge) => edge.server === choice.index);
    const called = data.edges.filter((edge) => edge.client === choice.index);
    const failed = total([...callers, ...called], (edge) => edge.failed);
    const space = node.namespace === null ? "" : ` in ${data.namespaces[node.namespace]?.name ?? ""}`;
    return [
      heading(`${node.kind}${space}`, node.title, node.type),
      makeElement(
        "div",
        "figures",
        figure(
          total(callers, (edge) => edge.connections),
          "connections in",
          false,
        ),
        figure(
          total(called, (edge) => edge.connections),
          "connections out",
          false,
        ),
        figure(failed, "failed", failed > 0),
      ),
      section(
        "Called by",
        edgeRows(callers, (edge) => nodeAt(edge.client).label),
        "Nobody was seen calling it.",
      ),
      section(
        "Calls",
        edgeRows(called, (edge) => nodeAt(edge.server).label),
        "It was not seen calling anything.",
      ),
      ...tags("Known as", [...new Set(callers.flatMap((edge) => edge.names))]),
    ];
  }
  const edge = data.edges[choice.index];
  if (edge === undefined) throw new Error("no such edge");
  const outcomes = edge.outcomes.map(([text, count, isFailure]) =>
    makeElement(
      "div",
      isFailure ? "outcome bad" : "outcome",
      makeElement("span", "", text),
      makeElement("b", "", numbers.format(count)),
    ),
  );
  const facts = makeElement("dl", "facts");
  const fact = (name: string, value: string): void => {
    if (value !== "") facts.append(makeElement("dt", "", name), makeElement("dd", "", value));
  };
  fact("Ports", edge.ports);
  fact("Own spans", edge.ownSpans);
  fact("Handshake p50", edge.handshake[0] ?? "");
  fact("Handshake p90", edge.handshake[1] ?? "");
  fact("Handshake p99", edge.handshake[2] ?? "");
  fact("First seen", edge.firstSeen);
  fact("Last seen", edge.lastSeen);
  const end = (index: number, detail: string): HTMLElement =>
    row({ type: "node", index }, nodeAt(index).label, detail, "");
  return [
    heading(
      edge.failed > 0 ? "failing edge" : "edge",
      `${nodeAt(edge.client).title} → ${nodeAt(edge.server).title}`,
      edge.failed > 0 ? "failure" : "line",
    ),
    makeElement("section", "", end(edge.client, "client"), end(edge.server, "server")),
    makeElement("section", "", makeElement("h2", "", "Outcomes"), ...outcomes),
    makeElement("section", "", makeElement("h2", "", "Details"), facts),
    ...tags("Names asked", edge.names),
  ];
}
