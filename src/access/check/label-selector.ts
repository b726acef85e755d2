import type { Labels } from "../../model/service-graph.ts";
import { all, type Truth, truthOf } from "./truth.ts";

interface LabelRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values: readonly string[];
}

/** A Kubernetes label selector; empty: selects everything. */
export interface LabelSelector {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly LabelRequirement[];
}

/** Labels of a set of pods, or of a namespace. */
export interface KnownLabels {
  /** Labels that all of them have, with the same value. */
  readonly labels: Labels;
  /** Whether nothing else is known of a key that is not in `labels`: some may have it, or all with different values. */
  readonly isOpen: (key: string) => boolean;
}

/** Whether the selector selects all of them (`yes`) or none (`no`). */
export function selects({ matchLabels, matchExpressions }: LabelSelector, known: KnownLabels): Truth {
  return all([
    ...Object.entries(matchLabels).map(([key, value]) => holds({ key, operator: "In", values: [value] }, known)),
    ...matchExpressions.map((requirement) => holds(requirement, known)),
  ]);
}

function holds({ key, operator, values }: LabelRequirement, { labels, isOpen }: KnownLabels): Truth {
  const value = labels[key];
  if (value === undefined && isOpen(key)) return "unknown";
  switch (operator) {
    case "In":
      return truthOf(value !== undefined && values.includes(value));
    // As in Kubernetes, an object without the label is selected.
    case "NotIn":
      return truthOf(value === undefined || !values.includes(value));
    case "Exists":
      return truthOf(value !== undefined);
    case "DoesNotExist":
      return truthOf(value === undefined);
  }
}
