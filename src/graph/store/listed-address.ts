import type { Interaction } from "../../model/interaction.ts";

/** The address of an end that no pod selector finds, which its edge lists; null: none. */
export function listedAddress(interaction: Interaction): string | null {
  const { client, server, serverRule, clientAddress, serverAddress, dialled } = interaction;
  if (client.type !== "workload") return clientAddress === null ? null : clientAddress.address;
  if (server.type === "workload" && serverRule !== "host_pod") return null;
  const at = serverAddress ?? dialled;
  return at === null ? null : at.address;
}
