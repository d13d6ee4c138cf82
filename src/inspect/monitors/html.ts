/** What self-contained HTML reports share: the page around them, and text made harmless. No script, no link. */

/** Text of a guest's or of a module's as HTML text or attribute value. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

const style = `
:root { color-scheme: light dark; --hit: #dff3e0; --miss: #fbdcdc; --part: #fdf1cf; --line: #8888; }
@media (prefers-color-scheme: dark) { :root { --hit: #16351c; --miss: #471a1c; --part: #453812; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .1rem .8rem .1rem 0; text-align: right; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { text-align: left; }
pre { font: 13px/1.45 ui-monospace, monospace; overflow-x: auto; }
pre span { display: block; min-height: 1.45em; padding-left: .5rem; }
summary { cursor: pointer; font: 14px/1.8 ui-monospace, monospace; }
.hit { background: var(--hit); } .miss { background: var(--miss); } .part { background: var(--part); }
.n { display: inline-block; width: 8em; padding-right: 1em; text-align: right; font-style: normal; opacity: .7; }
`.trim();

/** A whole page. `body` is HTML. */
export function htmlPage(title: string, body: string): string {
  const safeTitle = escapeHtml(title);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${safeTitle}</title>`,
    `<style>\n${style}\n</style>`,
    `<h1>${safeTitle}</h1>`,
    body,
    '',
  ].join('\n');
}
