/** Accent color of each node type, light and dark, for SVG and HTML. */
export const TYPE_COLORS = {
  workload: { light: "#2563eb", dark: "#60a5fa" },
  service: { light: "#7c3aed", dark: "#a78bfa" },
  node: { light: "#475569", dark: "#94a3b8" },
  external: { light: "#d97706", dark: "#fbbf24" },
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
.figures,.legend{font-size:12px;font-weight:400;fill:#64748b}
.namespace rect{fill:#eef2f7;stroke:#d5dde8}.namespace text{font-size:12px;font-weight:600;fill:#64748b}
.card rect{fill:#fff;stroke-width:1.2;stroke-opacity:.55}
.service rect,.external rect,.unresolved rect{stroke-dasharray:4 3}
.name{font-size:13px;font-weight:600;fill:#0f172a}.kind{font-size:10.5px;fill:#64748b}
.edge path{fill:none;stroke:#94a3b8}.edge text{font-size:10.5px;text-anchor:middle;fill:#475569;stroke:#f8fafc;stroke-width:3px;stroke-opacity:.85;paint-order:stroke}
.edge.far path{stroke-opacity:.4}.edge.failed path{stroke-opacity:1}
.edge.failed path{stroke:#dc2626;stroke-dasharray:6 4}.edge.failed text{fill:#dc2626;font-weight:600}
.arrow path{fill:#94a3b8}.arrow.failed path{fill:#dc2626}
.edge:hover path{stroke:#0ea5e9}
${typeRules("light")}
@media (prefers-color-scheme:dark){
.page{fill:#0b1120}.heading{fill:#f1f5f9}.figures,.legend{fill:#94a3b8}
.namespace rect{fill:#111a2e;stroke:#22304a}.namespace text{fill:#94a3b8}
.card rect{fill:#1a2540}.name{fill:#f1f5f9}.kind{fill:#94a3b8}
.edge path{stroke:#64748b}.edge text{fill:#cbd5e1;stroke:#0b1120}
.edge.failed path{stroke:#f87171}.edge.failed text{fill:#fca5a5}
.arrow path{fill:#64748b}.arrow.failed path{fill:#f87171}
${typeRules("dark")}
}
`;
