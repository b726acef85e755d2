// EDGE: certificate files
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConfigError } from "../../model/errors.ts";
import type { OtlpEnvironment } from "./otlp-environment.ts";

/** Content of the PEM files; null for a variable that is not set. */
interface ClientCertificates {
  readonly authority: Buffer | null;
  readonly client: { readonly certificate: Buffer; readonly key: Buffer } | null;
}

/** Reads a PEM file; `parse` throws if its content is invalid. */
function readPem(variable: string, path: string, parse: (pem: Buffer) => unknown): Buffer {
  let pem: Buffer;
  try {
    pem = readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "error";
    throw new ConfigError(`cannot read ${variable}=${path} (${code}); set it to a readable PEM file`);
  }
  try {
    parse(pem);
  } catch {
    throw new ConfigError(`invalid ${variable}=${path}: expected a PEM file, for a key without a passphrase`);
  }
  return pem;
}

/** Reads the files that the variables name. Throws ConfigError for an unusable one. */
export function readClientCertificates(environment: OtlpEnvironment): ClientCertificates {
  const { certificate, clientCertificate, clientKey } = environment;
  const toCertificate = (pem: Buffer) => new X509Certificate(pem);
  const authority = certificate && readPem("OTEL_EXPORTER_OTLP_CERTIFICATE", certificate, toCertificate);
  if (clientCertificate === null || clientKey === null) return { authority: authority || null, client: null };
  const chain = readPem("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", clientCertificate, toCertificate);
  const key = readPem("OTEL_EXPORTER_OTLP_CLIENT_KEY", clientKey, createPrivateKey);
  if (!toCertificate(chain).checkPrivateKey(createPrivateKey(key))) {
    throw new ConfigError(
      `OTEL_EXPORTER_OTLP_CLIENT_KEY=${clientKey} does not match the certificate ${clientCertificate}; set it to the key of this certificate`,
    );
  }
  return { authority: authority || null, client: { certificate: chain, key } };
}
