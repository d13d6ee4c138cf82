/**
 * Draws ratios as bars on a logarithmic axis, as SVG without a library: a bar a peer for the geometric mean, and a
 * thin line from the least to the greatest of the tasks. Colours fit light and dark pages.
 */

/** @typedef {{ name: string, value: number, least: number, greatest: number, note: string }} Bar */

const WIDTH = 720;
const LABEL_WIDTH = 150;
const NOTE_WIDTH = 110;
const ROW_HEIGHT = 24;
const TOP = 46;
const FOOT = 30;

/** @param {string} text */
function escapeText(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The powers of ten, and twice and five times them, from `low` to `high`. */
function ticksBetween(/** @type {number} */ low, /** @type {number} */ high) {
  const all = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) all.push(10 ** power);
  return all.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
}

/**
 * @param {object} chart
 * @param {string} chart.title
 * @param {string} chart.axis what the numbers are
 * @param {readonly Bar[]} chart.bars
 * @returns {string}
 */
export function ratioChart({ title, axis, bars }) {
  const low = 10 ** Math.floor(Math.log10(Math.min(1, ...bars.map(({ least }) => least)) * 1.001));
  const high = 10 ** Math.ceil(Math.log10(Math.max(1.001, ...bars.map(({ greatest }) => greatest))));
  const plotWidth = WIDTH - LABEL_WIDTH - NOTE_WIDTH;
  const x = (/** @type {number} */ value) =>
    Math.round(10 * (LABEL_WIDTH + (plotWidth * Math.log10(value / low)) / Math.log10(high / low))) / 10;
  const height = TOP + bars.length * ROW_HEIGHT + FOOT;
  const bottom = TOP + bars.length * ROW_HEIGHT;
  const grid = ticksBetween(low, high).map(
    (tick) =>
      `<line class="${tick === 1 ? 'one' : 'grid'}" x1="${x(tick)}" y1="${TOP - 6}" x2="${x(tick)}" y2="${bottom}"/>` +
      `<text class="tick" x="${x(tick)}" y="${bottom + 14}">${tick}</text>`,
  );
  const rows = bars.map(({ name, value, least, greatest, note }, row) => {
    const y = TOP + row * ROW_HEIGHT;
    const left = Math.min(x(value), x(1));
    const width = Math.max(1, Math.abs(x(value) - x(1)));
    return [
      `<text class="label" x="${LABEL_WIDTH - 8}" y="${y + 14}">${escapeText(name)}</text>`,
      `<rect class="${value <= 1 ? 'faster' : 'slower'}" x="${left}" y="${y + 3}" width="${width.toFixed(1)}" height="14"/>`,
      `<line class="range" x1="${x(least)}" y1="${y + 10}" x2="${x(greatest)}" y2="${y + 10}"/>`,
      `<text class="note" x="${WIDTH - NOTE_WIDTH + 8}" y="${y + 14}">${escapeText(note)}</text>`,
    ].join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeText(title)}">
<style>
svg { background: #fff; color: #1a1a1a; font: 12px system-ui, sans-serif; }
text { fill: currentColor; }
.title { font-size: 14px; font-weight: 600; }
.label { text-anchor: end; }
.tick { text-anchor: middle; font-size: 11px; opacity: 0.7; }
.grid { stroke: currentColor; opacity: 0.15; }
.one { stroke: currentColor; opacity: 0.6; }
.range { stroke: currentColor; opacity: 0.55; }
.faster { fill: #2f8f5b; }
.slower { fill: #d08a2e; }
@media (prefers-color-scheme: dark) { svg { background: #16181c; color: #e6e6e6; } }
</style>
<text class="title" x="8" y="18">${escapeText(title)}</text>
<text class="tick" style="text-anchor: start" x="8" y="34">${escapeText(axis)}</text>
${grid.join('\n')}
${rows.join('\n')}
</svg>
`;
}

/**
 * Bars of the ratios of a suite: the mean over tasks for each peer.
 *
 * @param {import('./results.mjs').Ratios} ratios task → peer → ratio
 * @returns {Bar[]} the fastest of the peers last
 */
export function barsOf(ratios) {
  /** @type {Map<string, number[]>} */
  const values = new Map();
  for (const peers of Object.values(ratios)) {
    for (const [peer, { median }] of Object.entries(peers)) values.set(peer, [...(values.get(peer) ?? []), median]);
  }
  return [...values]
    .map(([name, all]) => {
      const value = Math.exp(all.reduce((sum, one) => sum + Math.log(one), 0) / all.length);
      const note = value < 1 ? `${(1 / value).toFixed(1)}× faster` : `${value.toFixed(value < 10 ? 1 : 0)}× the time`;
      return { name, value, least: Math.min(...all), greatest: Math.max(...all), note };
    })
    .sort((a, b) => a.value - b.value);
}
