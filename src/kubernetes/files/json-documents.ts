/**
 * JSON documents one behind the other, as several runs of kubectl into one file give them, or line by line, as `jq`
 * writes them. Null where the text is no such thing, or one of its documents is cut or broken.
 */
export function jsonDocuments(text: string): unknown[] | null {
  try {
    // Nearly always it is one.
    return [JSON.parse(text)];
  } catch {
    return severalDocuments(text);
  }
}

function severalDocuments(text: string): unknown[] | null {
  const documents: unknown[] = [];
  for (let at = nextVisible(text, 0); at < text.length; ) {
    const end = endOfDocument(text, at);
    if (end === null) return null;
    try {
      documents.push(JSON.parse(text.slice(at, end)));
    } catch {
      return null;
    }
    at = nextVisible(text, end);
  }
  return documents.length === 0 ? null : documents;
}

/** The next character that is no space; the text's length when there is none. */
function nextVisible(text: string, from: number): number {
  const visible = /\S/g;
  visible.lastIndex = from;
  return visible.exec(text)?.index ?? text.length;
}

/** Behind the bracket that closes the one at `at`; null when there is none, or none does. */
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
