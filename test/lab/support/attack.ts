// EDGE: child_process
// An ordinary pod of the laboratory that sends unsolicited DNS answers during the traffic of the others.

import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { End, Interaction } from "../../../src/model/interaction.ts";
import { type LabPod, workloadKey } from "../cluster/cluster-plan.ts";
import type { Lab } from "../lab.ts";
import type { Ask, Attack } from "../programs/attack-program.ts";
import { waitForLine } from "./commands.ts";

const PROGRAM = fileURLToPath(new URL("../programs/attack-program.js", import.meta.url));
const ZONE = "attacker.example";
const KNOWN = { port: 28_000, id: 77, name: `known.${ZONE}` } as const;

/** Who attacks, who has asked the attacker, and who asks again and again what the attacker knows. */
const ATTACKER = "data/orders-db";
const COLLEAGUE = "data/cart-cache";
const VICTIM = "shop/frontend";

/** Starts the attack; resolves when it has begun. It ends by itself, or with the laboratory. */
export async function startAttack(lab: Lab, seconds: number): Promise<void> {
  const { pods, services, externals } = lab.cluster;
  const [attacker, colleague, victim] = [ATTACKER, COLLEAGUE, VICTIM].map((key) => podOf(pods, key)) as [
    LabPod,
    LabPod,
    LabPod,
  ];
  const victims = pods.filter(({ slot, workload }) => slot >= 0 && workloadKey(workload) !== ATTACKER);
  const clusterIps = services.flatMap(({ clusterIp }) => (clusterIp === null ? [] : [clusterIp.v4]));
  const attack: Attack = {
    type: "attack",
    seconds,
    victims: victims.map(({ address }) => address.v4),
    names: [
      `asked.${ZONE}`,
      ...Array.from({ length: 20 }, (_, i) => `forged-${i}.${ZONE}`),
      ...services.map(({ name, namespace }) => `${name}.${namespace}.svc.cluster.local`),
      ...externals.map(({ name }) => name),
    ],
    poison: [...clusterIps, ...externals.flatMap(({ v4 }) => v4), ...victims.map(({ address }) => address.v4)],
    known: { address: victim.address.v4, ...KNOWN },
  };
  const server = attacker.address.v4;
  const dns = services.find(({ protocol }) => protocol === "DNS")?.clusterIp?.v4 ?? "";
  await waitForLine(spawn(lab, attacker, attack), "stdout", "attacking");
  spawn(lab, colleague, { type: "ask", seconds, everyMs: 1_000, server, port: 28_001, id: 5, name: `asked.${ZONE}` });
  spawn(lab, victim, { type: "ask", seconds, everyMs: 200, server: dns, ...KNOWN });
}

/** Lookups that the attack itself made, as its programs asked: the truth of the other programs does not hold them. */
export function isOfAttack({ evidence, client, name }: Interaction): boolean {
  if (evidence !== "lookup") return false;
  if (name === KNOWN.name) return isWorkload(client, VICTIM);
  if (name === `asked.${ZONE}` && isWorkload(client, COLLEAGUE)) return true;
  // Its only traffic: it is a client of no other pod.
  return isWorkload(client, ATTACKER);
}

/** Whether an end, or what was asked, has a name of the attacker's. */
export function hasForgedName({ name, canonicalName, server, client }: Interaction): boolean {
  return [name, canonicalName, nameOf(server), nameOf(client)].some((text) => text?.endsWith(ZONE));
}

function spawn(lab: Lab, pod: LabPod, command: Attack | Ask): ChildProcess {
  return lab.spawnInPod(pod, [process.execPath, PROGRAM, JSON.stringify(command)], {
    stdio: ["ignore", "pipe", "ignore"],
  });
}

function podOf(pods: readonly LabPod[], key: string): LabPod {
  const pod = pods.find(({ workload, from, to }) => workloadKey(workload) === key && from === 0 && to === 1);
  if (pod === undefined) throw new Error(`the laboratory has no ${key}`);
  return pod;
}

function isWorkload(end: End, key: string): boolean {
  return end.type === "workload" && `${end.namespace}/${end.name}` === key;
}

function nameOf(end: End): string | null {
  return "name" in end ? end.name : null;
}
