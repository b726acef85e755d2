/** What of the map is shown, and how. All of it is in the fragment of the address, so that a link leads to a view. */
export interface ViewState {
  /** Names of namespaces, types of nodes and kinds of evidence; empty: any. */
  readonly namespaces: readonly string[];
  readonly types: readonly string[];
  readonly evidence: readonly string[];
  readonly failing: boolean;
  /** Seconds before the end of the observation; null: any age. */
  readonly age: number | null;
  /** Words that an edge has, and with `-` words that it does not have. */
  readonly text: string;
  /** `MapNode.id` of nodes that are left out. */
  readonly hidden: readonly string[];
  readonly focus: { readonly id: string; readonly hops: number } | null;
  /** The nodes that are down, and whether what they need is shown instead of who needs them. */
  readonly blast: { readonly ids: readonly string[]; readonly needs: boolean; readonly maxDepth: number | null } | null;
  /** Keys of groups that are folded though the others are not, or the other way round. */
  readonly toggled: readonly string[];
  /** `node`, `edge` or `namespace`, a colon, and the id or name; null without a choice. */
  readonly chosen: string | null;
  readonly isTable: boolean;
}

export const WHOLE_MAP: ViewState = {
  namespaces: [],
  types: [],
  evidence: [],
  failing: false,
  age: null,
  text: "",
  hidden: [],
  focus: null,
  blast: null,
  toggled: [],
  chosen: null,
  isTable: false,
};

const MAX_HOPS = 9;
/** Of each list in an address. */
const MAX_LISTED = 1000;

/** Reads the fragment of an address, with or without `#`. What it does not know is left out. */
export function parseView(fragment: string): ViewState {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  const list = (name: string): readonly string[] => [...new Set(fields.getAll(name))].slice(0, MAX_LISTED);
  const focus = fields.get("focus");
  const down = list("down");
  return {
    namespaces: list("namespace"),
    types: list("type"),
    evidence: list("evidence"),
    failing: fields.get("failing") === "1",
    age: count(fields.get("age")),
    text: fields.get("text") ?? "",
    hidden: list("hide"),
    focus: focus === null ? null : { id: focus, hops: Math.min(MAX_HOPS, count(fields.get("hops")) ?? 1) },
    blast:
      down.length === 0
        ? null
        : { ids: down, needs: fields.get("needs") === "1", maxDepth: count(fields.get("depth")) },
    toggled: list("toggle"),
    chosen: fields.get("chosen"),
    isTable: fields.get("table") === "1",
  };
}

/** The fragment of a view, without `#`; empty for the whole map. */
export function viewFragment(view: ViewState): string {
  const fields = new URLSearchParams();
  const add = (name: string, values: readonly (string | number)[]): void => {
    for (const value of values) fields.append(name, String(value));
  };
  add("namespace", view.namespaces);
  add("type", view.types);
  add("evidence", view.evidence);
  if (view.failing) add("failing", [1]);
  if (view.age !== null) add("age", [view.age]);
  if (view.text !== "") add("text", [view.text]);
  add("hide", view.hidden);
  if (view.focus !== null) {
    add("focus", [view.focus.id]);
    add("hops", [view.focus.hops]);
  }
  if (view.blast !== null) {
    add("down", view.blast.ids);
    if (view.blast.needs) add("needs", [1]);
    if (view.blast.maxDepth !== null) add("depth", [view.blast.maxDepth]);
  }
  add("toggle", view.toggled);
  if (view.chosen !== null) add("chosen", [view.chosen]);
  if (view.isTable) add("table", [1]);
  return fields.toString();
}

/** The same view without its filters. */
export function withoutFilters({ isTable }: ViewState): ViewState {
  return { ...WHOLE_MAP, isTable };
}

/** Whether the view leaves something out. */
export function isFiltered(view: ViewState): boolean {
  const { toggled: _, chosen: __, isTable: ___, ...filters } = view;
  return viewFragment({ ...WHOLE_MAP, ...filters }) !== "";
}

/** A positive whole number; null for any other text. */
function count(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : null;
}
