/**
 * Inputs from reports, public captures and attacks, each with its correct result. They are not part of the repository:
 * each has another test, with input that the test makes.
 */
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { sharedPath } from "../support/paths.ts";
import { type ReportedCase, ReportedInputs } from "./support/reported-case.ts";

const caseFiles = readdirSync(new URL("./cases/", import.meta.url)).filter((name) => name.endsWith(".js"));
const cases: ReportedCase[] = await Promise.all(
  caseFiles.sort().map(async (name) => (await import(new URL(`./cases/${name}`, import.meta.url).href)).reportedCase),
);

for (const { folder, check } of cases) {
  test(`reported case ${folder}`, async (t) => {
    const path = sharedPath(t, "cases", folder);
    if (path === null) return;
    await check(new ReportedInputs(t, path));
  });
}
