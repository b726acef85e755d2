import type { WatchedKind } from "../objects/watched-kinds.ts";
import { type ApiError, FORBIDDEN, UNAUTHORIZED } from "./api-error.ts";

/** How the watch of one kind stands. */
export interface WatchState {
  /** The resource, as RBAC names it, or the part of it that is watched. */
  readonly kind: string;
  /** Listed whole, and followed since. */
  readonly isSynced: boolean;
  /** Whether the API server refuses it: that does not change by itself, and is not waited for. */
  readonly isForbidden: boolean;
  /** Why it is not followed now, with a fix; null while it is. */
  readonly problem: string | null;
}

/** What RBAC allows or does not. */
export type Verbs = "list" | "watch" | "list and watch";

/** Listed again and again, at the pace of the longest back-off. */
const SEEN_LATE = "changes are seen up to 30 s late";

/** One sentence for a person: what is wrong, what to do, what is worse meanwhile. */
export function problemOf(verbs: Verbs, { resource, ifMissing }: WatchedKind, error: ApiError): string {
  switch (error.status) {
    case FORBIDDEN:
      return `the API server forbids to ${verbs} ${resource}: allow ${verbs} on ${resource} in the ClusterRole of the service account; without it ${verbs === "watch" ? SEEN_LATE : ifMissing}`;
    default:
      return serverProblem(error);
  }
}

/** What is wrong whatever was asked for: the same sentence for each kind. */
export function serverProblem({ status, message }: ApiError): string {
  if (status === null) return message;
  const why = message === "" ? "" : ` (${message})`;
  if (status !== UNAUTHORIZED) return `the API server answers with HTTP ${status}${why}`;
  return `the API server does not accept the credentials${why}: see that the service account exists, and that its token is the cluster's`;
}
