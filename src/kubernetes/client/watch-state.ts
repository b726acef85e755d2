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

const FORBIDDEN_KINDS =
  ": the API server forbids it; allow list and watch on them in the ClusterRole of the service account";

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

/**
 * What is missing in the names now, a sentence for each cause: kinds that were never listed, and kinds whose changes do not
 * arrive. Empty while all kinds are watched.
 */
export function watchGaps(watches: readonly WatchState[]): readonly string[] {
  const unlisted = watches.filter(({ isSynced }) => !isSynced);
  const stale = watches.filter(({ isSynced, problem }) => isSynced && problem !== null);
  return [
    ...kindsByCause(unlisted).map(([cause, kinds]) => `${kinds} were never listed${cause}`),
    ...kindsByCause(stale).map(
      ([cause, kinds]) =>
        `changes of ${kinds} do not arrive${cause}; until then ends of new pods are unresolved, or have the name of an address's last owner`,
    ),
  ];
}

/** The sentence of a kind that is forbidden is about this kind alone, so all of them have one. */
function kindsByCause(watches: readonly WatchState[]): readonly (readonly [cause: string, kinds: string])[] {
  const kinds = new Map<string, string[]>();
  for (const { kind, isForbidden, problem } of watches) {
    const cause = isForbidden ? FORBIDDEN_KINDS : problem === null ? "; run wirespan doctor" : `: ${problem}`;
    kinds.set(cause, [...(kinds.get(cause) ?? []), kind]);
  }
  return [...kinds].map(([cause, names]) => [cause, names.join(", ")]);
}
