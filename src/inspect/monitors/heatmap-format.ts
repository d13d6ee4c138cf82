/** Reads and writes of a linear memory by block: as text, as JSON, and as a picture (SVG) for an HTML page. */
import { htmlPage } from './html.ts';
import { countText, offsetText, tableText } from './text-table.ts';

/** One memory's counts. */
export interface MemoryHeat {
  readonly memidx: number;
  readonly blockByteLength: number;
  /** Pages' worth of bytes that the memory has now. */
  readonly byteLength: number;
  /** Accesses that touch each block; blocks beyond the arrays have none. */
  readonly reads: Float64Array;
  readonly writes: Float64Array;
}

interface BlockHeat {
  readonly block: number;
  readonly reads: number;
  readonly writes: number;
}

function touchedBlocks({ reads, writes }: MemoryHeat): BlockHeat[] {
  const blocks: BlockHeat[] = [];
  reads.forEach((count, block) => {
    const written = writes[block]!;
    if (count > 0 || written > 0) blocks.push({ block, reads: count, writes: written });
  });
  return blocks;
}

/** @param limit rows at most for each memory: the hottest, in the order of memory */
export function heatmapText(heats: readonly MemoryHeat[], limit: number): string {
  return heats.map((heat) => memoryText(heat, limit)).join('\n');
}

const BAR_WIDTH = 30;

function memoryText(heat: MemoryHeat, limit: number): string {
  const blocks = touchedBlocks(heat);
  const byHeat = [...blocks].sort((a, b) => b.reads + b.writes - a.reads - a.writes);
  const shown = byHeat.slice(0, limit).sort((a, b) => a.block - b.block);
  const hottest = byHeat[0] === undefined ? 0 : byHeat[0].reads + byHeat[0].writes;
  const rows = shown.map(({ block, reads, writes }) => [
    offsetText(block * heat.blockByteLength),
    countText(reads),
    countText(writes),
    '#'.repeat(Math.ceil(((reads + writes) / hottest) * BAR_WIDTH)),
  ]);
  const hidden = shown.length < blocks.length ? `, the hottest ${shown.length} are shown` : '';
  const kept = `${countText(blocks.length)} of ${countText(Math.ceil(heat.byteLength / heat.blockByteLength))}`;
  return [
    `memory ${heat.memidx}: ${kept} blocks of ${countText(heat.blockByteLength)} bytes touched${hidden}\n`,
    tableText(['block', 'reads', 'writes', ''], ['right', 'right', 'right', 'left'], rows),
  ].join('');
}

export interface HeatmapFile {
  readonly memories: readonly {
    readonly memory: number;
    readonly byteLength: number;
    readonly blockByteLength: number;
    /** Blocks that were touched: byte offset, reads, writes. */
    readonly blocks: readonly { readonly byteOffset: number; readonly reads: number; readonly writes: number }[];
  }[];
}

export function heatmapFile(heats: readonly MemoryHeat[]): HeatmapFile {
  const memories = heats.map((heat) => ({
    memory: heat.memidx,
    byteLength: heat.byteLength,
    blockByteLength: heat.blockByteLength,
    blocks: touchedBlocks(heat).map(({ block, reads, writes }) => {
      return { byteOffset: block * heat.blockByteLength, reads, writes };
    }),
  }));
  return { memories };
}

const CELL = 12;
const COLUMNS = 64;
/** A picture of a whole 4 GiB has this many cells at most; blocks are put together until they fit. */
const MAX_CELLS = COLUMNS * 256;

/** Rows of 64 cells from the start of memory: red for writes, blue for reads, the stronger the more. */
export function heatmapSvg(heat: MemoryHeat): string {
  const blockCount = Math.ceil(heat.byteLength / heat.blockByteLength);
  let blocksPerCell = 1;
  while (blockCount / blocksPerCell > MAX_CELLS) blocksPerCell *= 2;
  const cellCount = Math.ceil(blockCount / blocksPerCell);
  const cells = gather(heat, blocksPerCell, cellCount);
  const hottest = cells.reduce((most, { reads, writes }) => Math.max(most, reads, writes), 0);
  const shade = (count: number) => (count === 0 ? 0 : 0.15 + (0.85 * Math.log1p(count)) / Math.log1p(hottest));
  const rectangles = cells.flatMap(({ reads, writes }, cell) => {
    if (reads === 0 && writes === 0) return [];
    const x = (cell % COLUMNS) * CELL;
    const y = Math.floor(cell / COLUMNS) * CELL;
    const red = Math.round(255 * shade(writes));
    const blue = Math.round(255 * shade(reads));
    const at = offsetText(cell * blocksPerCell * heat.blockByteLength);
    const title = `<title>${at}: ${countText(reads)} reads, ${countText(writes)} writes</title>`;
    return [`<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}" fill="rgb(${red},0,${blue})">${title}</rect>`];
  });
  const width = COLUMNS * CELL;
  const height = Math.max(1, Math.ceil(cellCount / COLUMNS)) * CELL;
  const bytesPerCell = blocksPerCell * heat.blockByteLength;
  const label = `memory ${heat.memidx}, ${countText(bytesPerCell)} bytes a cell`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">`,
    `<rect width="${width}" height="${height}" fill="#8882"/>`,
    ...rectangles,
    '</svg>',
  ].join('\n');
}

function gather(heat: MemoryHeat, blocksPerCell: number, cellCount: number): { reads: number; writes: number }[] {
  const cells = Array.from({ length: cellCount }, () => ({ reads: 0, writes: 0 }));
  for (const { block, reads, writes } of touchedBlocks(heat)) {
    const cell = cells[Math.floor(block / blocksPerCell)]!;
    cell.reads += reads;
    cell.writes += writes;
  }
  return cells;
}

export function heatmapHtml(heats: readonly MemoryHeat[], title: string): string {
  const parts = heats.map((heat) => {
    const size = `${countText(heat.byteLength)} bytes, blocks of ${countText(heat.blockByteLength)}`;
    return `<h2>Memory ${heat.memidx}</h2>\n<p>${size}. Red: writes, blue: reads.</p>\n${heatmapSvg(heat)}`;
  });
  return htmlPage(`Memory heat map of ${title}`, parts.join('\n'));
}
