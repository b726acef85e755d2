/** What stands in a file that is not JSON, and what to do: for a person who has just given it. */
import { excerpt } from "../../text/foreign-file.ts";
import { jsonDocuments } from "./json-documents.ts";

const JSON_BEGINS = /^[{[]/m;
/** kubectl indents what is inside, so that its last line begins with the end. */
const JSON_ENDS = /^[}\]]/gm;

/** Follows the file's name, for a file that should be one piece of JSON. `howToMake` is the fix that always helps. */
export function jsonFault(text: string, howToMake: string): string {
  const start = text.trimStart();
  if (start === "") return `is empty; ${howToMake}`;
  return strayText(text) ?? kindFault(start, howToMake);
}

function kindFault(start: string, howToMake: string): string {
  if (/^[{[]/.test(start)) return `is JSON that is broken or was cut; ${howToMake}`;
  if (/^---\s|^(apiVersion|kind|items):/m.test(start)) return `is YAML, JSON is needed; ${howToMake}`;
  return `is not JSON; ${howToMake} (it begins with ${excerpt(start)})`;
}

/** Other output around JSON that is whole: what kubectl or a shell has to say, sent to the same file. */
function strayText(text: string): string | null {
  const begin = text.search(JSON_BEGINS);
  const end = [...text.matchAll(JSON_ENDS)].at(-1)?.index ?? text.search(/[}\]]\s*$/);
  if (begin < 0 || end < begin) return null;
  const [before, behind] = [text.slice(0, begin).trim(), text.slice(end + 1).trim()];
  if ((before === "" && behind === "") || jsonDocuments(text.slice(begin, end + 1)) === null) return null;
  const [place, stray] = before === "" ? ["behind", behind] : ["in front of", before];
  return `has text ${place} the JSON (${excerpt(stray)}); write only kubectl's standard output there, > file without 2>&1`;
}
