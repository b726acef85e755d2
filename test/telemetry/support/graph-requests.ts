// Run in a network namespace whose `lo` has the address 10.1.2.3: requests the graph from different addresses and prints
// the status of each as JSON.
import { request } from "node:http";
import { AgentHealth } from "../../../src/telemetry/agent-health.ts";
import { parseListenAddress } from "../../../src/telemetry/listen-address.ts";

const OWN = "10.1.2.3";
const health = new AgentHealth({
  version: "1",
  figures: () => null,
  watches: () => null,
  graph: { chunks: () => ["graph\n"], edgeCount: 1 },
});
const port = Number(new URL((await health.listen(parseListenAddress(":0"))) ?? "").port);

function get(path: string, host: string, localAddress: string): Promise<string> {
  const headers = { host: "localhost" };
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, path, localAddress, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.once("end", () => resolve(`${response.statusCode} ${text.trim()}`));
    });
    sent.once("error", reject).end();
  });
}

const results = {
  loopback: await get("/graph", "127.0.0.1", "127.0.0.1"),
  secondLoopback: await get("/graph", "127.7.7.7", "127.0.0.1"),
  loopback6: await get("/graph", "::1", "::1"),
  ownAddress: await get("/graph", OWN, OWN),
  toLoopbackFromOutside: await get("/graph", "127.0.0.1", OWN),
  toOwnAddressFromLoopback: await get("/graph", OWN, "127.0.0.1"),
  otherPath: await get("/livez", OWN, OWN),
};
console.log(JSON.stringify(results));
health.close();
