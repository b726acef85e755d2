import { type Document, visit } from "yaml";
import { escapedHidden, hasHidden } from "../text/visible-text.ts";

/**
 * Anchors and aliases are hard to read, and some tools refuse them. kubectl reads YAML 1.1, where `yes`, `on` and `1:20` are no
 * texts: they are quoted.
 */
export const YAML_OPTIONS = { aliasDuplicateObjects: false, compat: "yaml-1.1" } as const;

/**
 * A document as YAML that every parser reads as the same value, safe for a terminal: values with hidden characters, some of
 * which end a line in YAML 1.1, are quoted and escaped. Its comments must have none.
 */
export function yamlText(document: Document): string {
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === "string" && hasHidden(scalar.value)) scalar.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ lineWidth: 0 }).replace(/[^\n]+/g, (line) => escapedHidden(line));
}
