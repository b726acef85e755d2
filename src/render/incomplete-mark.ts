import { dotText, jsonText, visibleLine, xmlText } from "../text/visible-text.ts";
import type { PictureFormat } from "./graph-formats.ts";

const RED = "#b91c1c";

/** Adds the reason to an incomplete result, so that it is not mistaken for a complete one. */
export function markIncomplete(text: string, format: PictureFormat, reason: string): string {
  const sentence = visibleLine(`incomplete: ${reason}`);
  switch (format) {
    case "table":
    case "wide":
      return `${text}${sentence}\n`;
    case "dot":
      return text.replace("{\n", () => `{\n  label=${dotText(sentence)}; labelloc=t; fontcolor="${RED}";\n`);
    case "mermaid":
      // JSON strings are valid YAML strings in double quotes.
      return `---\ntitle: ${jsonText(sentence)}\n---\n${text}`;
    case "svg":
      return beforeLast(
        text,
        "</svg>",
        `<text x="28" y="61" style="font-size:11px;fill:${RED}">${xmlText(sentence)}</text>\n`,
      );
    case "html":
      return beforeLast(text, "</body>", `<p role="alert" style="${BANNER}">${xmlText(sentence)}</p>\n`);
  }
}

/** The last row of the page. */
const BANNER = `grid-area:5/1/6/-1;margin:0;padding:6px 14px;background:${RED};color:#fff`;

function beforeLast(text: string, end: string, inserted: string): string {
  const at = text.lastIndexOf(end);
  return at < 0 ? text + inserted : text.slice(0, at) + inserted + text.slice(at);
}
