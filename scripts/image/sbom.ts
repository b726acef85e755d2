import { createHash } from "node:crypto";

/** One part of the image. */
export interface Part {
  readonly name: string;
  readonly version: string;
  /** SPDX expression, or `NOASSERTION`. */
  readonly license: string;
  /** https://github.com/package-url/purl-spec */
  readonly purl: string;
  /** Name in the National Vulnerability Database, for what a package URL does not find there. */
  readonly cpe?: string;
}

/**
 * Software bill of materials: an SPDX 2.3 document in JSON, whose first part contains all others.
 * The same parts and time give the same text. `createdSeconds` is Unix time.
 * https://spdx.github.io/spdx-spec/v2.3/
 */
export function sbomOf(product: Part, parts: readonly Part[], createdSeconds: number): string {
  const packages = [product, ...parts].map(toPackage);
  const created = new Date(createdSeconds * 1_000).toISOString().replace(".000Z", "Z");
  const digest = createHash("sha256")
    .update(JSON.stringify([created, packages]))
    .digest("hex");
  const [first] = packages;
  const relationship = (from: string | undefined, relationshipType: string, to: string | undefined) => ({
    spdxElementId: from,
    relationshipType,
    relatedSpdxElement: to,
  });
  const document = {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `${product.name}-${product.version}-image`,
    documentNamespace: `https://spdx.org/spdxdocs/${product.name}-${product.version}-${digest.slice(0, 32)}`,
    creationInfo: { created, creators: [`Tool: ${product.name}-image-${product.version}`] },
    packages,
    relationships: [
      relationship("SPDXRef-DOCUMENT", "DESCRIBES", first?.SPDXID),
      ...packages.slice(1).map(({ SPDXID }) => relationship(first?.SPDXID, "CONTAINS", SPDXID)),
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function toPackage({ name, version, license, purl, cpe }: Part, index: number) {
  const reference = (referenceCategory: string, referenceType: string, referenceLocator: string) => ({
    referenceCategory,
    referenceType,
    referenceLocator,
  });
  return {
    // Letters, digits, dots and hyphens only; the number keeps two that differ in other characters apart.
    SPDXID: `SPDXRef-Package-${index}-${name.replace(/[^A-Za-z0-9.-]/g, "-")}`,
    name,
    versionInfo: version,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    licenseConcluded: "NOASSERTION",
    licenseDeclared: license,
    copyrightText: "NOASSERTION",
    externalRefs: [
      reference("PACKAGE-MANAGER", "purl", purl),
      ...(cpe === undefined ? [] : [reference("SECURITY", "cpe23Type", cpe)]),
    ],
  };
}
