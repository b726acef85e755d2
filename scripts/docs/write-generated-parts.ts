// Writes what is made from the program into docs/: `npm run docs`.
import { readFileSync, writeFileSync } from "node:fs";
import { generatedParts, withPart } from "./generated-parts.ts";

for (const part of await generatedParts()) {
  const page = readFileSync(part.page, "utf8");
  const written = withPart(page, part);
  if (written === page) continue;
  writeFileSync(part.page, written);
  console.log(`${part.page}: ${part.name} written anew`);
}
