/** Numbers and columns as reports show them. */

/** `1,234,567`. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `12.5 %` of a whole; of nothing: `-`. */
export function shareText(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
}

/** A byte offset: `0x1f`. */
export function offsetText(byteOffset: number): string {
  return `0x${byteOffset.toString(16)}`;
}

/** How a column stands: numbers to the right, names to the left. */
export type Align = 'left' | 'right';

/** Rows under a heading, in columns two spaces apart. Ends in a newline. */
export function tableText(
  heading: readonly string[],
  align: readonly Align[],
  rows: readonly (readonly string[])[],
): string {
  const widths = heading.map((title, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]!.length), title.length),
  );
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, column) => {
      return align[column] === 'right' ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
    });
    return `${padded.join('  ').trimEnd()}\n`;
  };
  return line(heading) + rows.map(line).join('');
}
