import type { ClusterIndex } from "../inventory/cluster-index.ts";
import type { ClusterNames } from "../lookups/cluster-names.ts";
import type { FailedLookup } from "../lookups/failed-lookups.ts";

/**
 * Of the questions in which a failed name was asked, the one that says what was meant: `gone` in its own namespace,
 * `gone.shop` as a Service where there is such a namespace, else the name without any suffix.
 */
export function intendedName(failed: FailedLookup, names: ClusterNames, index: ClusterIndex): string {
  const { forms, namespace } = failed;
  const first = forms[0] ?? "";
  const base = failed.bases.reduce((a, b) => (b.length < a.length ? b : a), first);
  const labels = base.split(".");
  if (labels.length === 1 && namespace !== null) {
    const own = names.inNamespace(base, namespace);
    if (forms.includes(own)) return own;
  }
  const [service = "", ofService = ""] = labels;
  const asService = names.asService(base);
  const isServiceName =
    labels.length === 2 &&
    index.services.hasNamespace(ofService) &&
    (forms.includes(asService) || index.services.named(ofService, service) !== null);
  if (isServiceName) return asService;
  if (forms.includes(base)) return base;
  return forms.find((form) => !names.isInCluster(form)) ?? (names.parse(first) === null ? base : first);
}
