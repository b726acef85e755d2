#!/usr/bin/env node
/** The command line. Results go to standard output, everything else to standard error. */
import "./lean-heap.ts";

// Only now: loading all the modules would have made the heap grow before its settings count.
const { main } = await import("./cli/main.ts");
await main();
