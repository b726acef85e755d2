/**
 * The programming language of a pod, where its spec hints at it: the command, variables that only one runtime reads, the
 * name of the image. Languages have the names of the OpenTelemetry Operator's `inject-` annotations, where it has one.
 */
import { objects, strings, text } from "./json-fields.ts";

/** By the name of the executable, without its version. */
const BY_COMMAND: ReadonlyMap<string, string> = byWord({
  java: "java",
  nodejs: "node nodejs npm npx yarn pnpm",
  python: "python gunicorn uvicorn celery",
  dotnet: "dotnet",
  ruby: "ruby bundle rails puma",
  php: "php php-fpm apache2-foreground",
});
const BY_VARIABLE: ReadonlyMap<string, string> = byWord({
  java: "JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS JAVA_OPTS CATALINA_OPTS",
  nodejs: "NODE_OPTIONS NODE_ENV",
  python: "PYTHONPATH PYTHONUNBUFFERED DJANGO_SETTINGS_MODULE",
  go: "GOMEMLIMIT GOMAXPROCS GOGC",
  ruby: "RAILS_ENV RACK_ENV",
});
const DOTNET_VARIABLE = /^(ASPNETCORE|DOTNET)_/;
/** By a word of the image's path and tag, without version; `node` is a word of many images for Kubernetes nodes. */
const BY_IMAGE: ReadonlyMap<string, string> = byWord({
  java: "java openjdk jdk jre temurin corretto",
  nodejs: "nodejs",
  python: "python",
  dotnet: "dotnet aspnet aspnetcore",
  go: "golang",
  ruby: "ruby",
  php: "php",
});
const NODE_IMAGE = /(^|\/)node(:|@|$)/;
/** Programs that start another one, which is in the words after them. */
const STARTERS: ReadonlySet<string> = new Set("sh bash ash dash env exec tini dumb-init".split(" "));
const VERSION = /[\d.]+$/;
/** The words above are shorter. In a word of n characters, VERSION takes time that grows with n²: minutes for a megabyte. */
const MAX_WORD = 64;

/** The hint of the first container that gives one; null without any. */
export function languageOf(containers: readonly Record<string, unknown>[]): string | null {
  for (const container of containers) {
    const language = ofCommand(executableOf(container)) ?? ofEnvironment(container) ?? ofImage(imageWordOf(container));
    if (language !== null) return language;
  }
  return null;
}

/** Whether the presence of the variable hints at a language; its value does not count. */
export function isLanguageVariable(name: string): boolean {
  return ofVariable(name) !== null;
}

/** The executable that hints at a language, without its folder; null if none does. */
export function executableOf(container: Record<string, unknown>): string | null {
  const [program = "", ...rest] = strings(container.command);
  const name = baseName(program);
  if (!STARTERS.has(name)) return ofCommand(name) === null ? null : name;
  const words = [...rest, ...strings(container.args)].flatMap((each) => each.split(/\s+/)).map(baseName);
  return words.find((word) => ofCommand(word) !== null) ?? null;
}

/** The word of the image's name that hints at a language; null if none does. */
export function imageWordOf(container: Record<string, unknown>): string | null {
  const image = text(container.image)?.toLowerCase();
  if (image === undefined) return null;
  if (NODE_IMAGE.test(image)) return "nodejs";
  return image.split(/[^a-z0-9]+/).find((word) => ofImage(word) !== null) ?? null;
}

function ofCommand(name: string | null): string | null {
  return name === null ? null : (BY_COMMAND.get(withoutVersion(name)) ?? null);
}

function ofEnvironment(container: Record<string, unknown>): string | null {
  for (const { name } of objects(container.env)) {
    const language = typeof name === "string" ? ofVariable(name) : null;
    if (language !== null) return language;
  }
  return null;
}

function ofVariable(name: string): string | null {
  return BY_VARIABLE.get(name) ?? (DOTNET_VARIABLE.test(name) ? "dotnet" : null);
}

function ofImage(word: string | null): string | null {
  return word === null ? null : (BY_IMAGE.get(withoutVersion(word)) ?? null);
}

function withoutVersion(word: string): string {
  return word.length > MAX_WORD ? word : word.replace(VERSION, "");
}

function byWord(words: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(words).flatMap(([language, all]) => all.split(" ").map((word) => [word, language] as const)),
  );
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
