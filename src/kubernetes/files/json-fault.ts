/** Describes a file that is not JSON, with a fix. */
import { excerpt } from "../../text/foreign-format.ts";
import { jsonDocuments } from "./json-documents.ts";

const JSON_BEGINS = /^[{[]/m;
/** kubectl indents the contents, so that the closing bracket begins a line. */
const JSON_ENDS = /^[}\]]/gm;

/** The part of a message after the name of the file. `howToCreate`: the general fix. */
export function jsonFault(text: string, howToCreate: string): string {
  const start = text.trimStart();
  if (start === "") return `is empty; ${howToCreate}`;
  return surroundingText(text) ?? kindFault(start, howToCreate);
}

function kindFault(start: string, howToCreate: string): string {
  if (/^[{[]/.test(start)) return `is truncated or broken JSON; ${howToCreate}`;
  if (/^---\s|^(apiVersion|kind|items):/m.test(start)) return `is YAML instead of JSON; ${howToCreate}`;
  return `is not JSON; ${howToCreate} (it begins with ${excerpt(start)})`;
}

/** For valid JSON with other text around it: messages of kubectl or of a shell. */
function surroundingText(text: string): string | null {
  const begin = text.search(JSON_BEGINS);
  const end = [...text.matchAll(JSON_ENDS)].at(-1)?.index ?? text.search(/[}\]]\s*$/);
  if (begin < 0 || end < begin) return null;
  const [before, after] = [text.slice(0, begin).trim(), text.slice(end + 1).trim()];
  if ((before === "" && after === "") || jsonDocuments(text.slice(begin, end + 1)) === null) return null;
  const [place, other] = before === "" ? ["after", after] : ["before", before];
  return `has text ${place} the JSON (${excerpt(other)}); redirect only kubectl's standard output to it: > file, without 2>&1`;
}
