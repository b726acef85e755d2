/**
 * What one node shows of one connection, on interface `any`, in the notation of `sightings`.
 * `preNat` and `postNat` are the tuples that the fact must have.
 */
export interface NodeCase {
  readonly name: string;
  readonly syn: string;
  /** SYN-ACK, or RST where the server refuses: both go the same way. */
  readonly answer: string;
  readonly preNat: string;
  readonly postNat: string;
}
