import { posix } from "node:path";
import { type SourceFile, withoutComments } from "./source-files.ts";

const EXPORTED = {
  value: /^export\s+(?:declare\s+|abstract\s+|async\s+)*(?:const|let|function\*?|class)\s+(\w+)/gm,
  type: /^export\s+(?:interface|type)\s+(\w+)/gm,
} as const;
/** Lists of exports count as values. */
const EXPORT_LIST = /^export\s+(?:type\s+)?\{([^}]*)\}/gm;
const NAMED_IMPORT = /\b(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s*from\s*"(\.[^"]+)"/g;
const DYNAMIC_IMPORT = /\bimport\(\s*"(\.[^"]+)"\s*\)/g;

/** Names in a list such as `a, type B, c as d`; `side` chooses the name before or after `as`. */
function namesIn(list: string, side: 0 | -1): string[] {
  return list.split(",").flatMap((item) => {
    const name = item.trim().replace(/^type\s+/, "");
    return name === "" ? [] : (name.split(/\s+as\s+/).at(side) ?? []);
  });
}

function exportsOf(code: string, kind: keyof typeof EXPORTED): string[] {
  const lists = kind === "value" ? [...code.matchAll(EXPORT_LIST)] : [];
  return [
    ...[...code.matchAll(EXPORTED[kind])].map(([, name = ""]) => name),
    ...lists.flatMap(([, list = ""]) => namesIn(list, -1)),
  ];
}

/** `path#name` of everything that a file imports; of a dynamic import, every name that the file mentions. */
function importedBy({ path, text }: SourceFile, exported: ReadonlyMap<string, readonly string[]>): string[] {
  const code = withoutComments(text);
  const target = (specifier: string): string => posix.normalize(posix.join(posix.dirname(path), specifier));
  return [
    ...[...code.matchAll(NAMED_IMPORT)].flatMap(([, list = "", specifier = ""]) =>
      namesIn(list, 0).map((name) => `${target(specifier)}#${name}`),
    ),
    ...[...code.matchAll(DYNAMIC_IMPORT)].flatMap(([, specifier = ""]) =>
      (exported.get(target(specifier)) ?? [])
        .filter((name) => new RegExp(`\\b${name}\\b`).test(code))
        .map((name) => `${target(specifier)}#${name}`),
    ),
  ];
}

/** `path#name` of each export of that kind in `files` that none of `users` imports. */
export function unusedExports(
  kind: keyof typeof EXPORTED,
  files: readonly SourceFile[],
  users: readonly SourceFile[],
): string[] {
  const exported = new Map(files.map(({ path, text }) => [path, exportsOf(withoutComments(text), kind)]));
  const used = new Set(users.flatMap((user) => importedBy(user, exported)));
  return [...exported].flatMap(([path, names]) =>
    names.map((name) => `${path}#${name}`).filter((name) => !used.has(name)),
  );
}
