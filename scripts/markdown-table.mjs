/** Tables of Markdown as the formatter has them, so that generated documents pass its check. */

/** The dashes that make a row a header. */
const LEAST_WIDTH = 3;

/**
 * @param {readonly (readonly string[])[]} rows the header first
 * @param {(column: number) => boolean} [isRight] whether a column's cells stand right
 */
export function markdownTable(rows, isRight = () => false) {
  const [header = [], ...body] = rows;
  const widths = header.map((_, column) => Math.max(LEAST_WIDTH, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (/** @type {readonly string[]} */ row) =>
    `| ${widths.map((width, i) => (isRight(i) ? (row[i] ?? '').padStart(width) : (row[i] ?? '').padEnd(width))).join(' | ')} |`;
  const rule = widths.map((width, i) => (isRight(i) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [header, rule, ...body].map(line).join('\n');
}
