import assert from "node:assert/strict";
import { get } from "node:http";
import { test } from "node:test";
import { MapServer } from "../../src/map-server/map-server.ts";

/** Status and text of an answer. */
function ask(url: string, headers: Record<string, string> = {}, method = "GET"): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    get(url, { headers, method }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve([response.statusCode ?? 0, text]));
    }).on("error", reject);
  });
}

test("the link opens the map, and a stranger without the token gets nothing", async (t) => {
  const server = await MapServer.start({ page: "page", data: "1" });
  t.after(() => server.close());
  const { url } = server;
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/);
  assert.deepEqual(await ask(url), [200, "page"]);
  assert.deepEqual(await ask(`${url}data`), [200, "1"]);
  server.renew({ page: "next", data: "2" });
  assert.deepEqual(
    [await ask(url), await ask(`${url}data`)],
    [
      [200, "next"],
      [200, "2"],
    ],
  );
  const { origin, pathname } = new URL(url);
  const wrong = pathname.replace(/\w(?=\/$)/, (last) => (last === "A" ? "B" : "A"));
  for (const path of [
    "/",
    "/data",
    wrong,
    `${wrong}data`,
    pathname.slice(0, -1),
    `${pathname}other`,
    `/x${pathname}`,
  ]) {
    assert.deepEqual(await ask(`${origin}${path}`), [404, ""], path);
  }
  assert.deepEqual(await ask(url, { host: "attacker.example" }), [404, ""]);
  assert.deepEqual(await ask(url, {}, "POST"), [404, ""]);
  await assert.rejects(ask(url.replace("127.0.0.1", "127.0.0.2")));
});
