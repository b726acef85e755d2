/** Client of the edges that `doctor` adds to a graph. */
export const TEST_CLIENT = "wirespan-doctor-client";
