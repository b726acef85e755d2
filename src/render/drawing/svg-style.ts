/** Accent color of each node type, light and dark, for SVG and HTML. */
export const TYPE_COLORS = {
  workload: { light: "#2563eb", dark: "#60a5fa" },
  service: { light: "#7c3aed", dark: "#a78bfa" },
  node: { light: "#475569", dark: "#94a3b8" },
  external: { light: "#b45309", dark: "#fbbf24" },
  unresolved: { light: "#be185d", dark: "#f472b6" },
} as const;

function typeRules(theme: "light" | "dark"): string {
  return Object.entries(TYPE_COLORS)
    .map(([type, color]) => `.${type} circle{fill:${color[theme]}}.${type} rect{stroke:${color[theme]}}`)
    .join("");
}

/** Rules without variables, which viewers other than browsers support too. */
export const SVG_STYLE = `
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",Arial,sans-serif}
.page{fill:#f8fafc}.heading{font-size:15px;font-weight:700;fill:#0f172a}
.figures,.legend{font-size:12px;font-weight:400;fill:#526075}
.namespace rect{fill:#eef2f7;stroke:#7b889c}.namespace text{font-size:12px;font-weight:600;fill:#526075}
.card rect{fill:#fff;stroke-width:1.2}
.service rect,.external rect,.unresolved rect{stroke-dasharray:4 3}
.name{font-size:13px;font-weight:600;fill:#0f172a}.kind{font-size:10.5px;fill:#526075}
.edge path{fill:none;stroke:#6f7d93}.edge text{font-size:10.5px;text-anchor:middle;fill:#475569;stroke:#f8fafc;stroke-width:5px;stroke-opacity:.95;paint-order:stroke}
.edge.failed path{stroke:#b91c1c;stroke-dasharray:6 4}.edge.failed text{fill:#b91c1c;font-weight:600}
.arrow path{fill:#6f7d93}.arrow.failed path{fill:#b91c1c}
.edge:hover path{stroke:#0369a1}
${typeRules("light")}
@media (prefers-color-scheme:dark){
.page{fill:#0b1120}.heading{fill:#f1f5f9}.figures,.legend{fill:#94a3b8}
.namespace rect{fill:#111a2e;stroke:#64748f}.namespace text{fill:#94a3b8}
.card rect{fill:#1a2540}.name{fill:#f1f5f9}.kind{fill:#94a3b8}
.edge path{stroke:#7e8ca6}.edge text{fill:#cbd5e1;stroke:#0b1120}
.edge.failed path{stroke:#f87171}.edge.failed text{fill:#fca5a5}
.arrow path{fill:#7e8ca6}.arrow.failed path{fill:#f87171}
.edge:hover path{stroke:#38bdf8}
${typeRules("dark")}
}
`;
