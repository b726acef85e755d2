/// <reference lib="dom" />
import type { MapData } from "../model/map-data.ts";
import { byId } from "./panel/make-element.ts";

/** Polls the server of the page for its data, and shows them when they have changed. */
export function startRenewal(data: MapData, show: () => void): void {
  const { renewal } = data;
  if (renewal === undefined) return;
  let known = byId("graph").textContent ?? "";
  showRenewal(data);
  const ask = async (): Promise<void> => {
    try {
      const response = await fetch("data");
      const text = await response.text();
      if (!response.ok) throw new Error(`status ${response.status}`);
      if (text !== known) {
        known = text;
        Object.assign(data, JSON.parse(text));
        show();
      }
      showRenewal(data);
    } catch {
      showMissing("the program that serves this map does not answer; start it again, and open the new link");
    }
    setTimeout(ask, renewal.millis);
  };
  setTimeout(ask, renewal.millis);
}

function showRenewal({ renewal }: MapData): void {
  byId("observed").textContent = renewal?.about ?? "";
  showMissing(renewal === undefined || renewal.missing === "" ? "" : `incomplete: ${renewal.missing}`);
}

function showMissing(text: string): void {
  byId("missing").textContent = text;
  byId("missing").hidden = text === "";
}
