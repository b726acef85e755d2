import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A request in the audit log of the API server. */
export interface AuditedRequest {
  /** `system:serviceaccount:NAMESPACE:NAME` */
  readonly user: string;
  /** `list`, `watch`, `get`, … */
  readonly verb: string;
  readonly resource: string;
  /** Path and query. */
  readonly uri: string;
  readonly status: number;
  readonly userAgent: string;
  /** Seconds since the Unix epoch. */
  readonly receivedSeconds: number;
}

/** Logs the requests of service accounts only: one line when a response begins, one when it ends. */
const POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [{ level: "Metadata", userGroups: ["system:serviceaccounts"] }, { level: "None" }],
};

/** Writes the policy into the folder and returns its path. */
export function writeAuditPolicy(folder: string): string {
  const path = join(folder, "audit-policy.json");
  writeFileSync(path, JSON.stringify(POLICY));
  return path;
}

/** Each request once, even if its response has not ended. */
export function readAuditLog(path: string): AuditedRequest[] {
  if (!existsSync(path)) return [];
  const requests = new Map<string, AuditedRequest>();
  // The last line may be incomplete.
  for (const line of readFileSync(path, "utf8").split("\n").slice(0, -1)) {
    const event = JSON.parse(line) as AuditEvent;
    requests.set(event.auditID, {
      user: event.user.username,
      verb: event.verb,
      resource: event.objectRef?.resource ?? "",
      uri: event.requestURI,
      status: event.responseStatus?.code ?? 0,
      userAgent: event.userAgent ?? "",
      receivedSeconds: Date.parse(event.requestReceivedTimestamp) / 1_000,
    });
  }
  return [...requests.values()];
}

interface AuditEvent {
  readonly auditID: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource?: string };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
}
