#!/usr/bin/env node
/** The command line. Results go to standard output, everything else to standard error. */
import { main } from "./cli/main.ts";

await main();
