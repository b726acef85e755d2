// A simulated agent as a process of its own. Arguments: node, number of edges. Prints its port.
import { simulatedAgent } from "./simulated-agent.ts";

const [node = "", edges] = process.argv.slice(2);
console.log((await simulatedAgent(node, Number(edges))).port);
