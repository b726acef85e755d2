import { type ClusterRecord, type OwnerSpecRecord, recordKey } from "../kubernetes/objects/kubernetes-objects.ts";

/** Specs of the owners of pods, as far as a cluster file or an events log has them. */
export class OwnerSpecs {
  readonly #specs = new Map<string, OwnerSpecRecord>();

  /** False for a record of another kind. */
  update(record: ClusterRecord): boolean {
    if (record.kind !== "OwnerSpec") return false;
    this.#specs.set(recordKey(record), record);
    return true;
  }

  /** False for a record of another kind. */
  remove(record: ClusterRecord): boolean {
    if (record.kind !== "OwnerSpec") return false;
    this.#specs.delete(recordKey(record));
    return true;
  }

  named(kind: string, namespace: string, name: string): OwnerSpecRecord | null {
    return this.#specs.get(`${kind}/${namespace}/${name}`) ?? null;
  }

  all(): Iterable<OwnerSpecRecord> {
    return this.#specs.values();
  }
}
