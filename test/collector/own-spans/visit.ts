// `visit.js URL TIMES`: so many requests, each on a connection of its own; prints the last answer.
import { get } from "node:http";
import { text } from "node:stream/consumers";

const [url = "", times] = process.argv.slice(2);
let answer = "";
for (let i = 0; i < Number(times); i++) {
  answer = await new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => resolve(text(response))).on("error", reject);
  });
}
process.stdout.write(answer);
