import type { AddressOwner } from "../../inventory/addresses/address-owner.ts";
import type { ResolvedName } from "../../lookups/address-names.ts";

/** What shows the server of a connection, beside its addresses and outcome. */
export interface ServerEvidence {
  /** Owners of the destination before and after NAT. */
  readonly path: { readonly dialled: AddressOwner; readonly destination: AddressOwner };
  readonly source: AddressOwner;
  /** The name that the client had resolved; null: none. */
  readonly resolved: ResolvedName | null;
  /** See `NameProof`. */
  readonly isProven: boolean;
}
