/**
 * Parses concatenated JSON documents, as several kubectl commands write them to one file, or one document per line, as `jq`
 * does. Null if the text contains anything else, or a truncated or broken document.
 */
export function jsonDocuments(text: string): unknown[] | null {
  try {
    // The common case: a single document.
    return [JSON.parse(text)];
  } catch {
    return severalDocuments(text);
  }
}

function severalDocuments(text: string): unknown[] | null {
  const documents: unknown[] = [];
  for (let at = nextNonSpace(text, 0); at < text.length; ) {
    const end = endOfDocument(text, at);
    if (end === null) return null;
    try {
      documents.push(JSON.parse(text.slice(at, end)));
    } catch {
      return null;
    }
    at = nextNonSpace(text, end);
  }
  return documents.length === 0 ? null : documents;
}

/** Index of the next character that is not white space, or the length of the text. */
function nextNonSpace(text: string, from: number): number {
  const visible = /\S/g;
  visible.lastIndex = from;
  return visible.exec(text)?.index ?? text.length;
}

/** Index after the bracket that closes the one at `at`; null if there is no bracket at `at`, or it is never closed. */
function endOfDocument(text: string, at: number): number | null {
  if (text[at] !== "{" && text[at] !== "[") return null;
  let depth = 0;
  const marks = /["{}[\]]/g;
  marks.lastIndex = at;
  for (let found = marks.exec(text); found !== null; found = marks.exec(text)) {
    switch (found[0]) {
      case '"': {
        const end = endOfString(text, found.index);
        if (end === null) return null;
        marks.lastIndex = end;
        break;
      }
      case "{":
      case "[":
        depth++;
        break;
      default:
        if (--depth === 0) return found.index + 1;
    }
  }
  return null;
}

function endOfString(text: string, at: number): number | null {
  const end = /"|\\/g;
  end.lastIndex = at + 1;
  for (let found = end.exec(text); found !== null; found = end.exec(text)) {
    if (found[0] === '"') return found.index + 1;
    end.lastIndex = found.index + 2;
  }
  return null;
}
