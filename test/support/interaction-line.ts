import type { Interaction } from "../../src/model/interaction.ts";
import { LineFrame } from "../../src/output/lines/line-frame.ts";
import { LineWriter } from "../../src/output/lines/line-writer.ts";
import { WaitingLines } from "../../src/output/lines/waiting-lines.ts";

/** The line of an interaction, without its line break. */
export function interactionLine(interaction: Interaction): string {
  let text = "";
  const writer = new LineWriter((bytes) => {
    text += Buffer.from(bytes).toString();
  });
  const waiting = new WaitingLines();
  waiting.add(new LineFrame(interaction), interaction);
  waiting.writeTo(writer);
  writer.flush();
  return text.slice(0, -1);
}
