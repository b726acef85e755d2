/** Entry point of the command line, started by wirespan.sh. Results go to standard output, everything else to standard error. */
import { main } from "./cli/main.ts";

await main();
