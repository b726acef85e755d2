#!/usr/bin/env node
/** Entry point of the command line. Results go to standard output, everything else to standard error. */
import "./lean-heap.ts";

// Imported after lean-heap, because loading modules grows the heap before its settings take effect.
const { main } = await import("./cli/main.ts");
await main();
