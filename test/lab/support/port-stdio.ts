// EDGE: net, process
// A connection to a port of the loopback of whatever network namespace it runs in, as standard input and output.
// Argument: port. A refused connection is a line on standard error.
import { connect } from "node:net";

const socket = connect(Number(process.argv[2]), "127.0.0.1");
process.stdin.pipe(socket).pipe(process.stdout);
socket.once("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
socket.once("close", () => process.exit(0));
