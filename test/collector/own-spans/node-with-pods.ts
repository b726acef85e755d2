// A Kubernetes node as its agent sees it: a network namespace with a bridge, and pods behind it in namespaces of their own.
import type { TestContext } from "node:test";
import { type NetworkNamespace, networkNamespace } from "../../support/network-namespace.ts";

export interface NodeWithPods {
  readonly node: NetworkNamespace;
  /** A new pod at this address of the node's range. */
  addPod(address: string): NetworkNamespace;
}

export const NODE_ADDRESS = "10.244.1.1";
export const POD_RANGE = "10.244.1.0/24";
const PREFIX = 24;

export function nodeWithPods(t: TestContext): NodeWithPods {
  const node = networkNamespace(t);
  const ip = (...args: string[]) => node.run("ip", ...args);
  ip("link", "add", "cni0", "type", "bridge");
  ip("address", "add", `${NODE_ADDRESS}/${PREFIX}`, "dev", "cni0");
  ip("link", "set", "cni0", "up");
  let pods = 0;
  return {
    node,
    addPod(address) {
      const pod = networkNamespace(t);
      const veth = `veth${pods++}`;
      ip("link", "add", veth, "type", "veth", "peer", "name", "eth0", "netns", pod.name);
      ip("link", "set", veth, "master", "cni0", "up");
      pod.run("ip", "address", "add", `${address}/${PREFIX}`, "dev", "eth0");
      pod.run("ip", "link", "set", "eth0", "up");
      return pod;
    },
  };
}
