import type { WatchedKind } from "../objects/watched-kinds.ts";
import { type ApiError, FORBIDDEN, UNAUTHORIZED } from "./api-error.ts";

/** The state of the watch of one kind. */
export interface WatchState {
  /** The resource as in an RBAC rule, or the name of the watched selection. */
  readonly kind: string;
  /** Whether a complete list has been received. */
  readonly isSynced: boolean;
  /** Whether the API server refuses the request. This does not change on its own, so nothing waits for it. */
  readonly isForbidden: boolean;
  /** Why the kind is not watched now, and the fix; null while it is watched. */
  readonly problem: string | null;
}

/** Verbs of an RBAC rule. */
export type Verbs = "list" | "watch" | "list and watch";

/** Without watch, the reflector lists again at the longest backoff. */
const IF_WATCH_IS_MISSING = "changes are seen up to 30 s late";

/** One sentence: the problem, the fix, and the effect until then. */
export function problemOf(verbs: Verbs, { resource, ifMissing }: WatchedKind, error: ApiError): string {
  if (error.status !== FORBIDDEN) return serverProblem(error);
  const effect = verbs === "watch" ? IF_WATCH_IS_MISSING : ifMissing;
  return `the API server forbids this user to ${verbs} ${resource}: allow ${verbs} on ${resource} in the ClusterRole of the service account; without it ${effect}`;
}

/** The sentence for a problem that affects all kinds alike. */
export function serverProblem({ status, message }: ApiError): string {
  if (status === null) return message;
  const reason = message === "" ? "" : ` (${message})`;
  if (status !== UNAUTHORIZED) return `the API server responds with HTTP ${status}${reason}`;
  return `the API server rejects the credentials${reason}: check that the service account exists and that its token was issued by this cluster`;
}

/** The sentence for kinds of objects that were never listed, so that owners of addresses are missing; empty without one. */
export function unlistedKinds(watches: readonly WatchState[]): readonly string[] {
  const unlisted = watches.filter(({ isSynced }) => !isSynced).map(({ kind }) => kind);
  return unlisted.length === 0 ? [] : [`${unlisted.join(", ")} were never listed; run wirespan doctor`];
}
