import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { namespaceColors } from "../../../src/map-page/drawing/namespace-colors.ts";
import { SVG_STYLE, TYPE_COLORS } from "../../../src/render/drawing/svg-style.ts";
import { repositoryRoot } from "../../support/paths.ts";

type Rgb = readonly [number, number, number];

/** `#rgb`, `#rrggbb` or `hsl(h,s%,l%)`. */
function parse(color: string): Rgb {
  const hsl = /^hsl\((\d+),(\d+)%,(\d+)%\)$/.exec(color);
  if (hsl) {
    const [h, s, l] = [Number(hsl[1]), Number(hsl[2]) / 100, Number(hsl[3]) / 100];
    const part = (n: number): number => {
      const k = (n + h / 30) % 12;
      return (l - s * Math.min(l, 1 - l) * Math.max(-1, Math.min(k - 3, 9 - k, 1))) * 255;
    };
    return [part(0), part(8), part(4)];
  }
  const digits = color.length === 4 ? color.replace(/[^#]/g, "$&$&") : color;
  assert.match(digits, /^#[0-9a-f]{6}$/, color);
  return [1, 3, 5].map((at) => Number.parseInt(digits.slice(at, at + 2), 16)) as unknown as Rgb;
}

function luminance(color: Rgb): number {
  const [r, g, b] = color.map((value) => {
    const c = value / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(a: Rgb, b: Rgb): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

function over(front: Rgb, share: number, back: Rgb): Rgb {
  return front.map((value, i) => value * share + (back[i] ?? 0) * (1 - share)) as unknown as Rgb;
}

const css = readFileSync(join(repositoryRoot, "src/map-page/styles/base.css"), "utf8");
const [lightCss = "", darkCss = ""] = css.split(':root[data-theme="dark"]');

for (const theme of ["light", "dark"] as const) {
  const variables = new Map(
    [...(theme === "light" ? lightCss : (darkCss.split("}")[0] ?? "")).matchAll(/--([\w-]+): (#\w+);/g)].map(
      ([, name = "", color = ""]) => [name, parse(color)],
    ),
  );
  const of = (name: string): Rgb => variables.get(name) ?? assert.fail(`no --${name}`);
  const frames = Array.from({ length: 60 }, (_, i) => namespaceColors(i, theme === "dark"));
  const frameFills = frames.map(({ fill, fillOpacity }) => over(parse(fill), fillOpacity, of("page")));

  describe(`contrast of the map, ${theme}`, () => {
    it("of text is at least 4.5", () => {
      for (const [text, backs] of [
        ["text", ["page", "surface", "card", "hover", "chip"]],
        ["muted", ["page", "surface", "hover", "chip"]],
        ["failed", ["page", "surface", "failed-soft"]],
        ["accent", ["surface"]],
      ] as const) {
        for (const back of backs) assert.ok(contrast(of(text), of(back)) >= 4.5, `${text} on ${back}`);
      }
      for (const fill of frameFills) {
        assert.ok(contrast(of("muted"), fill) >= 4.5 && contrast(of("failed"), fill) >= 4.5);
      }
      for (const { folded } of frames) assert.ok(contrast(of("text"), parse(folded)) >= 4.5);
      frames.forEach(({ title }, i) => {
        for (const fill of [frameFills[i] ?? of("page"), of("page")]) assert.ok(contrast(parse(title), fill) >= 4.5);
      });
    });

    it("of lines and borders is at least 3", () => {
      for (const line of ["line", "line-far", "calls", "called", "failed"]) {
        for (const fill of [of("page"), ...frameFills]) assert.ok(contrast(of(line), fill) >= 3, line);
      }
      for (const back of ["page", "surface"]) assert.ok(contrast(of("control"), of(back)) >= 3, back);
      for (const [type, colors] of Object.entries(TYPE_COLORS)) {
        for (const fill of [of("card"), of("page"), ...frameFills]) {
          assert.ok(contrast(parse(colors[theme]), fill) >= 3, type);
        }
      }
      for (const { border, folded } of frames) assert.ok(contrast(parse(border), parse(folded)) >= 3);
      frames.forEach(({ border }, i) => {
        for (const fill of [frameFills[i] ?? of("page"), of("page")]) assert.ok(contrast(parse(border), fill) >= 3);
      });
    });

    it("of the picture is the same", () => {
      const [light = "", dark = ""] = SVG_STYLE.split("@media (prefers-color-scheme:dark)");
      const color = (selector: string, property: "fill" | "stroke"): Rgb => {
        const pattern = new RegExp(`(?:^|[},{\\n])(?:[^{}]*,)?${selector}(?:,[^{}]*)?\\{[^}]*\\b${property}:(#\\w+)`);
        const found = pattern.exec(theme === "dark" ? dark : light) ?? pattern.exec(light);
        return parse(found?.[1] ?? assert.fail(`no ${property} of ${selector}`));
      };
      const backs = [color("\\.page", "fill"), color("\\.namespace rect", "fill")];
      for (const text of ["\\.heading", "\\.figures", "\\.namespace text", "\\.edge text", "\\.edge\\.failed text"]) {
        for (const back of backs) assert.ok(contrast(color(text, "fill"), back) >= 4.5, text);
      }
      for (const text of ["\\.name", "\\.kind"]) {
        assert.ok(contrast(color(text, "fill"), color("\\.card rect", "fill")) >= 4.5, text);
      }
      for (const line of ["\\.namespace rect", "\\.edge path", "\\.edge\\.failed path"]) {
        for (const back of backs) assert.ok(contrast(color(line, "stroke"), back) >= 3, line);
      }
    });
  });
}

it("no namespace is reddish, which means a failure", () => {
  for (let i = 0; i < 500; i++) {
    const hue = Number(/^hsl\((\d+)/.exec(namespaceColors(i, false).fill)?.[1]);
    assert.ok(hue >= 70 && hue <= 265, `${hue}`);
  }
});
