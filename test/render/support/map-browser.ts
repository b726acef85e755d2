import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import type { ServiceGraph } from "../../../src/model/service-graph.ts";
import { renderGraph } from "../../../src/render/render.ts";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface OpenMap {
  readonly page: Page;
  /** Every URL that the page requested, except itself. */
  readonly requests: readonly string[];
  /** Errors of scripts and of the console, including violations of the content policy. */
  readonly errors: readonly string[];
  readonly loadMillis: number;
}

export interface View {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
}

/** A real Chromium with an empty profile that opens maps from disk, as a user would. */
export class MapBrowser {
  readonly #browser: Browser;
  readonly #folder: string;

  private constructor(browser: Browser, folder: string) {
    this.#browser = browser;
    this.#folder = folder;
  }

  static async start(): Promise<MapBrowser> {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
    return new MapBrowser(browser, await mkdtemp(join(tmpdir(), "wirespan-map-")));
  }

  async open(graph: ServiceGraph, view: View = {}): Promise<OpenMap> {
    const file = join(this.#folder, `${graph.nodes.length}-${graph.edges.length}.html`);
    await writeFile(file, await renderGraph(graph, "html"));
    return this.openFile(file, view);
  }

  openFile(file: string, view: View = {}): Promise<OpenMap> {
    return this.openAddress(pathToFileURL(file).href, view);
  }

  async openAddress(
    address: string,
    { width = 1440, height = 900, colorScheme = "light" }: View = {},
  ): Promise<OpenMap> {
    const page = await this.#browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
    const requests: string[] = [];
    const errors: string[] = [];
    page.on("request", (request) => {
      if (request.url() !== address.replace(/#.*/, "")) requests.push(request.url());
    });
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
    });
    const started = performance.now();
    await page.goto(address);
    await page.waitForSelector("html[data-ready]");
    return { page, requests, errors, loadMillis: performance.now() - started };
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await rm(this.#folder, { recursive: true });
  }
}
