// EDGE: child_process, fs
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificates {
  readonly authority: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/** Paths of PEM files, made anew: an authority, a server certificate for localhost and 127.0.0.1, a client certificate. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-certificates-"));
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...newKey, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=wirespan test");
  writeFileSync(join(folder, "server.ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  writeFileSync(join(folder, "client.ext"), "extendedKeyUsage=clientAuth\n");
  for (const name of ["server", "client"]) {
    openssl("req", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    const signing = [
      "-req",
      "-in",
      `${name}.csr`,
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-days",
      "2",
    ];
    openssl("x509", ...signing, "-out", `${name}.pem`, "-extfile", `${name}.ext`);
  }
  return {
    authority: join(folder, "ca.pem"),
    serverCertificate: join(folder, "server.pem"),
    serverKey: join(folder, "server.key"),
    clientCertificate: join(folder, "client.pem"),
    clientKey: join(folder, "client.key"),
  };
}
