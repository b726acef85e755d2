import { domainToASCII } from "node:url";

/**
 * Rules of the intents operator's webhook that its CRD does not enforce.
 * https://github.com/otterize/intents-operator
 */

/** The API server's rule for the name of an object, without dots. */
const OBJECT_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** The API server's. */
const MAX_CLIENT_NAME = 253;

/** A client's name must not have a dot, and is the object's name too. */
export function isClientName(name: string): boolean {
  return name.length <= MAX_CLIENT_NAME && OBJECT_NAME.test(name);
}

/** A target is `name` or `name.namespace`: neither part may have a dot. */
export function isTargetName(name: string): boolean {
  return name !== "" && !name.includes(".");
}

/** A kind begins with a capital letter; those of Kubernetes have letters and digits only. */
export function isKind(kind: string): boolean {
  return /^[A-Z][A-Za-z0-9]{0,62}$/.test(kind);
}

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const MAX_DOMAIN = 253;

/** Whether IDNA accepts the domain for a lookup: labels of letters, digits and inner hyphens. */
export function isDomain(name: string): boolean {
  const ascii = domainToASCII(name);
  return ascii !== "" && ascii.length <= MAX_DOMAIN && ascii.split(".").every(isLabel) && isDomainOnly(ascii);
}

/** The third and fourth characters of a label are hyphens only in an encoded one. */
function isLabel(label: string): boolean {
  return LABEL.test(label) && (label.slice(2, 4) !== "--" || label.startsWith("xn--"));
}

/** An IPv4 address is no domain. */
function isDomainOnly(name: string): boolean {
  return !/^\d+(\.\d+)*$/.test(name);
}
