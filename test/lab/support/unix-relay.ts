// EDGE: net, process
// A port of the loopback of whatever network namespace it runs in, passed on to a Unix socket, which all of them share.
// Arguments: port, path of the socket. Writes `listening` when it does.
import { connect, createServer } from "node:net";

const [port, path = ""] = process.argv.slice(2);
createServer((client) => {
  const target = connect(path);
  client.pipe(target).pipe(client);
  client.on("error", () => target.destroy());
  target.on("error", () => client.destroy());
}).listen(Number(port), "127.0.0.1", () => console.log("listening"));
