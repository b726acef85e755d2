// Where a Prometheus is, from options and variables.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigError } from "../../src/model/errors.ts";
import { readPrometheusAccess } from "../../src/prometheus/prometheus-access.ts";

const URL_TEXT = "http://prometheus:9090";

for (const [written, url] of [
  ["http://prometheus:9090/", "http://prometheus:9090"],
  ["https://mimir/prometheus", "https://mimir/prometheus"],
  ["https://mimir/prometheus/api/v1/query", "https://mimir/prometheus"],
  ["http://prometheus:9090/graph?g0.expr=up", "http://prometheus:9090"],
  ["http://prometheus:9090/prefix/query?g0.expr=up", "http://prometheus:9090/prefix"],
] as const) {
  test(`${written} is the Prometheus at ${url}`, () => {
    assert.equal(readPrometheusAccess(written, {}, {}).url, url);
  });
}

test("a token and headers of variables are sent; the URL's password outranks the token, and an option both", () => {
  const environment = { PROMETHEUS_TOKEN: "abc\n", PROMETHEUS_HEADERS: "x-scope-orgid=team%20a,X-Other=1" };
  const other = { "x-scope-orgid": "team a", "x-other": "1" };
  assert.deepEqual(readPrometheusAccess(URL_TEXT, {}, environment).headers, { authorization: "Bearer abc", ...other });
  const withPassword = readPrometheusAccess("http://me:p%25@prometheus", {}, environment);
  assert.equal(withPassword.url, "http://prometheus");
  assert.equal(withPassword.headers.authorization, `Basic ${btoa("me:p%")}`);
  const options = { prometheusHeader: ["X-Scope-OrgID: team-b", "Authorization:Basic eA=="] };
  assert.deepEqual(readPrometheusAccess("http://me:p@prometheus", options, environment).headers, {
    authorization: "Basic eA==",
    "x-scope-orgid": "team-b",
    "x-other": "1",
  });
});

test("without a URL, PROMETHEUS_URL is used", () => {
  assert.equal(readPrometheusAccess(true, {}, { PROMETHEUS_URL: `${URL_TEXT}/` }).url, URL_TEXT);
});

const INVALID: readonly [string | true, object, Record<string, string>, RegExp][] = [
  ["prometheus:9090", {}, {}, /--prometheus "prometheus:9090" is not a URL; write it like http/],
  ["http://", {}, {}, /is not a URL/],
  ["ftp://prometheus:9090", {}, {}, /is not a URL/],
  ["", {}, {}, /is not a URL/],
  [true, {}, {}, /PROMETHEUS_URL is not set; write --prometheus http/],
  [true, {}, { PROMETHEUS_URL: "x" }, /PROMETHEUS_URL "x" is not a URL/],
  [URL_TEXT, {}, { PROMETHEUS_TOKEN: "a\nsecret" }, /invalid PROMETHEUS_TOKEN: expected one line/],
  [URL_TEXT, {}, { PROMETHEUS_HEADERS: "secret" }, /invalid PROMETHEUS_HEADERS: expected key=value/],
  [URL_TEXT, { prometheusHeader: ["secret"] }, {}, /invalid --prometheus-header: expected "Name: value"/],
  [
    URL_TEXT,
    { prometheusCaFile: "/nowhere/ca.pem" },
    {},
    /cannot read \/nowhere\/ca.pem \(--prometheus-ca-file\): ENOENT/,
  ],
];
for (const [url, options, environment, expected] of INVALID) {
  test(`${JSON.stringify([url, options, environment])} is refused in one sentence`, () => {
    assert.throws(
      () => readPrometheusAccess(url, options, environment),
      (error: Error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, expected);
        assert.doesNotMatch(error.message, /secret|\n/);
        return true;
      },
    );
  });
}

test("a CA file without a certificate is refused", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-prometheus-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "ca.pem");
  writeFileSync(path, "no certificate");
  assert.throws(
    () => readPrometheusAccess(URL_TEXT, {}, { PROMETHEUS_CA_FILE: path }),
    /PROMETHEUS_CA_FILE\) has no PEM/,
  );
});
