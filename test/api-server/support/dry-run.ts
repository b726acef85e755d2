import type { Kubernetes } from "../../servers/kubernetes.ts";
import type { ApiObject } from "../../servers/kubernetes-api.ts";
import { until } from "../../support/until.ts";

/** Why the API server refuses the objects, as `kubectl apply --dry-run=server --validate=strict` asks it; empty if it takes all. */
export async function refusals(
  { admin }: Kubernetes,
  plural: string,
  objects: readonly ApiObject[],
): Promise<readonly string[]> {
  const answers: string[] = [];
  for (const object of objects) {
    const { name, namespace } = object.metadata;
    const path = `/apis/${object.apiVersion}/namespaces/${namespace}/${plural}/${encodeURIComponent(name)}`;
    const query = "dryRun=All&fieldValidation=Strict&fieldManager=test";
    const { status, text } = await admin.request("PATCH", `${path}?${query}`, object, "application/apply-patch+yaml");
    if (status !== 200 && status !== 201) answers.push(`${namespace}/${name}: ${status} ${text}`);
  }
  return answers;
}

/** Registers a kind, without the webhook that converts its versions, and waits until its versions are served. */
export async function define({ admin }: Kubernetes, definition: ApiObject): Promise<void> {
  const { group, names } = definition.spec as { group: string; names: { plural: string } };
  const { creationTimestamp: _, ...metadata } = definition.metadata;
  const { versions } = definition.spec as { versions: readonly { name: string; served: boolean }[] };
  const spec = { ...(definition.spec as object), conversion: { strategy: "None" } };
  await admin.create({ ...definition, metadata, spec } as ApiObject);
  for (const { name, served } of versions) {
    if (!served) continue;
    const path = `/apis/${group}/${name}/${names.plural}`;
    await until(`${path} is served`, async () => (await admin.request("GET", path)).status === 200);
  }
}
