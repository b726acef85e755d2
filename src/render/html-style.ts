import { TYPE_COLORS } from "./svg-style.ts";

function typeColors(theme: "light" | "dark"): string {
  return Object.entries(TYPE_COLORS)
    .map(([type, color]) => `--${type}:${color[theme]};`)
    .join("");
}

/** Style sheet of the HTML map. The drawing takes its colours from these variables too. */
export const HTML_STYLE = `
:root{${typeColors("light")}
--page:#f6f8fb;--surface:#ffffff;--card:#ffffff;--hover:#eff6ff;--text:#0f172a;--muted:#64748b;--rule:#e2e8f0;--line:#94a3b8;
--accent:#0284c7;--calls:#0284c7;--called:#7c3aed;--failed:#dc2626;--failed-soft:#fef2f2;--chip:#f1f5f9;--shadow:0 8px 30px rgba(15,23,42,.10)}
:root[data-theme=dark]{${typeColors("dark")}
--page:#0b1120;--surface:#111a2e;--card:#1a2540;--hover:#223154;--text:#f1f5f9;--muted:#94a3b8;--rule:#22304a;--line:#5b6b86;
--accent:#38bdf8;--calls:#38bdf8;--called:#c4b5fd;--failed:#f87171;--failed-soft:#3b1620;--chip:#1b2740;--shadow:0 8px 30px rgba(0,0,0,.45);color-scheme:dark}
:root[data-theme=light]{color-scheme:light}
*{box-sizing:border-box}
[hidden]{display:none!important}
html,body{height:100%;margin:0}
body{display:grid;grid-template:56px minmax(0,1fr)/minmax(0,1fr) auto;background:var(--page);color:var(--text);font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",Arial,sans-serif;overflow:hidden}
button,input{font:inherit;color:inherit}
button{cursor:pointer;background:none;border:0;padding:0}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
kbd{font:11px ui-monospace,monospace;color:var(--muted);border:1px solid var(--rule);border-radius:5px;padding:1px 6px;background:var(--page)}
#bar{grid-column:1/-1;display:flex;align-items:center;gap:20px;padding:0 16px;background:var(--surface);border-bottom:1px solid var(--rule);z-index:5}
.brand{display:flex;align-items:center;gap:9px;font-weight:700;font-size:16px;letter-spacing:-.01em}
.brand svg{width:22px;fill:var(--accent);stroke:var(--accent);stroke-width:1.6}
.search{position:relative;flex:1;max-width:520px;margin:0 auto}
.search input{width:100%;height:36px;padding:0 40px 0 14px;border:1px solid var(--rule);border-radius:10px;background:var(--page);outline-offset:0}
.search input::placeholder{color:var(--muted)}
.search>kbd{position:absolute;right:10px;top:8px;pointer-events:none}
#results{position:absolute;top:42px;left:0;right:0;margin:0;padding:6px;list-style:none;background:var(--surface);border:1px solid var(--rule);border-radius:12px;box-shadow:var(--shadow);max-height:60vh;overflow:auto}
#results li{display:flex;align-items:center;gap:10px;padding:7px 10px;border-radius:8px;cursor:pointer}
#results li.marked,#results li:hover{background:var(--hover)}
#results .row-detail{margin-left:auto}
#results li.none{color:var(--muted);cursor:default;background:none}
.buttons{display:flex;gap:8px}
.buttons button,.zoom button{height:36px;min-width:36px;padding:0 12px;border:1px solid var(--rule);border-radius:10px;background:var(--surface);display:inline-flex;align-items:center;justify-content:center;gap:8px}
.buttons button:hover,.zoom button:hover{background:var(--hover)}
.buttons button:disabled{opacity:.45;cursor:default}
.buttons button[aria-pressed=true]{background:var(--failed-soft);border-color:var(--failed);color:var(--failed)}
main{position:relative;min-width:0}
#map{position:absolute;inset:0}
.zoom{position:absolute;right:16px;bottom:16px;display:grid;gap:6px}
.zoom button{padding:0;box-shadow:var(--shadow);font-size:16px}
.legend{position:absolute;left:16px;bottom:16px;margin:0;padding:8px 14px;list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;font-size:12px;color:var(--muted);background:var(--surface);border:1px solid var(--rule);border-radius:10px;box-shadow:var(--shadow)}
.legend li{display:flex;align-items:center;gap:7px}
.stroke{width:22px;border-top:2px dashed var(--failed)}
.dot{flex:none;width:9px;height:9px;border-radius:50%;background:var(--muted)}
.dot.workload{background:var(--workload)}.dot.service{background:var(--service)}.dot.node{background:var(--node)}
.dot.external{background:var(--external)}.dot.unresolved{background:var(--unresolved)}.dot.failure{background:var(--failed)}
.dot.space{border-radius:3px;background:var(--accent);opacity:.6}.dot.line{border-radius:2px;height:3px;width:14px}
#panel{width:0;overflow:hidden;background:var(--surface);border-left:1px solid var(--rule);display:flex;flex-direction:column}
.panel-open #panel{width:348px}
#panel-body{flex:1;overflow:auto;padding:18px;width:347px}
#back{flex:none;text-align:left;padding:12px 18px 0;color:var(--accent);font-size:13px}
#back kbd{margin-left:6px}
#panel header{margin-bottom:14px}
.type{display:flex;align-items:center;gap:8px;font-size:12px;color:var(--muted);overflow-wrap:anywhere}
h1{margin:4px 0 0;font-size:19px;line-height:1.25;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{margin:0 0 6px;font-size:12px;font-weight:600;color:var(--muted);display:flex;justify-content:space-between}
h2 .count{font-weight:400}
section{margin-top:20px}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(90px,1fr));gap:8px}
.figures.four{grid-template-columns:1fr 1fr}
.figure{background:var(--chip);border-radius:10px;padding:9px 11px;display:grid}
.figure b{font-size:18px;line-height:1.2;font-variant-numeric:tabular-nums}
.figure span{font-size:11.5px;color:var(--muted)}
.figure.bad{background:var(--failed-soft)}.figure.bad b{color:var(--failed)}
.row{width:calc(100% + 16px);margin:0 -8px;padding:7px 8px;border-radius:9px;display:flex;align-items:center;gap:10px;text-align:left}
.row:hover{background:var(--hover)}
.row-text{min-width:0;flex:1;display:grid}
.row-title{overflow-wrap:anywhere}
.row-text .row-title{line-height:1.3}
.row-detail{font-size:11.5px;color:var(--muted);overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.badge{flex:none;font-size:11.5px;padding:1px 8px;border-radius:20px;background:var(--chip);color:var(--muted);font-variant-numeric:tabular-nums}
.badge.bad{background:var(--failed-soft);color:var(--failed);font-weight:600}
.outcome{display:flex;justify-content:space-between;padding:5px 0;border-bottom:1px solid var(--rule)}
.outcome.bad{color:var(--failed)}
.facts{display:grid;grid-template-columns:auto 1fr;gap:5px 16px;margin:0}
.facts dt{color:var(--muted)}.facts dd{margin:0;text-align:right;font-variant-numeric:tabular-nums}
.tags{display:flex;flex-wrap:wrap;gap:5px}
code{font:11.5px ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;background:var(--chip);border-radius:6px;padding:2px 7px;overflow-wrap:anywhere}
.empty{margin:0;color:var(--muted);font-size:13px}
#tooltip{position:fixed;left:0;top:0;max-width:300px;padding:7px 11px;border-radius:9px;background:var(--text);color:var(--page);font-size:12px;pointer-events:none;z-index:9;box-shadow:var(--shadow);overflow-wrap:anywhere}
#tooltip div+div{opacity:.75}
noscript{position:fixed;inset:40% 0 auto;text-align:center}
@media (max-width:760px){.brand{font-size:0}.legend{display:none}#bar{gap:10px}.panel-open #panel{position:fixed;right:0;top:56px;bottom:0;box-shadow:var(--shadow);z-index:6}}
`;
