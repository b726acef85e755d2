// The README's quick start on an empty cluster, as a new user runs it: its commands as they stand there.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../support/until.ts";
import { Bed } from "./support/bed.ts";
import { commandsUnder, NewUser } from "./support/new-user.ts";
import { collector, OBSERVABILITY } from "./support/observability.ts";

/** From the first command to the first edge. */
const FIRST_EDGE_SECONDS = 300;

let bed: Bed;
let user: NewUser;
before(async () => {
  bed = await Bed.start({ nodes: 2 });
  user = await NewUser.arrives(bed);
});
after(async () => {
  user?.leaves();
  await bed?.stop();
});

test("from the README alone, a new user sees the first edge within five minutes", async () => {
  const [demo = [], ...others] = commandsUnder("Quick start");
  const [install = [], send = []] = commandsUnder("In a cluster");
  assert.ok(demo.length > 0 && install.length > 0 && send.length > 0, "the README has the commands");
  assert.deepEqual(others, []);
  const look = install.at(-1) ?? "";
  for (const command of [...demo, ...install.slice(0, -1)]) await user.runs(command);
  await until(
    "an edge is there",
    async () => /default\/hello +default\/kubernetes/.test(await user.runs(look)),
    FIRST_EDGE_SECONDS * 1_000,
  );
  assert.ok(user.seconds < FIRST_EDGE_SECONDS, user.times());

  await bed.apply(collector({ kind: "Deployment", service: {} }));
  await bed.rolledOut(OBSERVABILITY, "deployment/collector");
  for (const command of send) await user.runs(command);
  console.log(user.times());
});
