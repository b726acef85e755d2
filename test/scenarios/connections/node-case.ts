/**
 * What one node shows of one connection, on interface `any`, in the notation of `sightings`.
 * `first` and `last` are the legs that the fact must tell: who dialled what, and who serves.
 */
export interface NodeCase {
  readonly name: string;
  readonly syn: string;
  /** SYN-ACK, or RST where the server refuses: both go the same way. */
  readonly answer: string;
  readonly first: string;
  readonly last: string;
}
