import type { NodeCase } from "./node-case.ts";

/** Pods behind routed veth pairs: one frame less each way, and the first frame of the client arrives (type 0). */
export const POINT_TO_POINT_CASES: readonly NodeCase[] = [
  {
    name: "a pod by its address",
    syn: "in C>S; out C>S",
    answer: "in S>C; out S>C",
    preNat: "C>S",
    postNat: "C>S",
  },
  { name: "a ClusterIP", syn: "in C>VIP; out C>S", answer: "in S>C; out VIP>C", preNat: "C>VIP", postNat: "C>S" },
  {
    name: "a pod's own Service (hairpin)",
    syn: "in C>VIP; out N>Self",
    answer: "in Self>N; out VIP>C",
    preNat: "C>VIP",
    postNat: "N>Self",
  },
  {
    name: "a server outside, masqueraded",
    syn: "in C>E; out N>E",
    answer: "in E>N; out E>C",
    preNat: "C>E",
    postNat: "N>E",
  },
  { name: "a host process to a pod of its node", syn: "out N>S", answer: "in S>N", preNat: "N>S", postNat: "N>S" },
  { name: "a pod to a host process of its node", syn: "in C>H", answer: "out H>C", preNat: "C>H", postNat: "C>H" },
  {
    name: "a pod to a node port of its own node",
    syn: "in C>NP; out N>S",
    answer: "in S>N; out NP>C",
    preNat: "C>NP",
    postNat: "N>S",
  },
  {
    name: "a client outside to a node port",
    syn: "in X>NP; out N>S",
    answer: "in S>N; out NP>X",
    preNat: "X>NP",
    postNat: "N>S",
  },
  {
    name: "a client outside to a node port of the local traffic policy",
    syn: "in X>NP; out X>S",
    answer: "in S>X; out NP>X",
    preNat: "X>NP",
    postNat: "X>S",
  },
];
