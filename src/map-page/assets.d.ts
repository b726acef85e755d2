/** Written by `scripts/bundle-map-page.ts` at build time, beside the compiled modules of the page. */

/** The page's modules and the drawing library (Cytoscape.js, MIT licence, its notice kept inside) as one script. */
export const PAGE_SCRIPT: string;
/** The page's style sheet. */
export const PAGE_STYLE: string;
