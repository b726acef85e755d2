// A server with a certificate of an authority that Node does not know.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Prometheus } from "../../src/prometheus/prometheus.ts";
import { readPrometheusAccess } from "../../src/prometheus/prometheus-access.ts";
import { makeCertificates } from "../collector/support/certificates.ts";

test("a private authority is trusted by its file, and refused in one sentence without it", async (t) => {
  const { authority, serverCertificate, serverKey } = makeCertificates();
  const server = createServer({ cert: readFileSync(serverCertificate), key: readFileSync(serverKey) }, (_, response) =>
    response.end(JSON.stringify({ data: { result: [] } })),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = { prometheusCaFile: authority };
  assert.deepEqual(await new Prometheus(readPrometheusAccess(url, options, {})).query("up"), []);
  await assert.rejects(
    new Prometheus(readPrometheusAccess(url, {}, {})).query("up"),
    /the certificate of https:.* is not trusted \(\w+\); pass its CA with --prometheus-ca-file$/,
  );
});
