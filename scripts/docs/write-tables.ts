// Writes the tables of docs/ that are made from the program: `npm run docs`.
import { readFileSync, writeFileSync } from "node:fs";
import { generatedTables, withTable } from "./generated-tables.ts";

for (const table of await generatedTables()) {
  const text = readFileSync(table.page, "utf8");
  const written = withTable(text, table);
  if (written === text) continue;
  writeFileSync(table.page, written);
  console.log(`${table.page}: the table of ${table.name} is new`);
}
