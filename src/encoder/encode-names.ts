/**
 * The contents of the `name` section: the other direction of decoder/name-section.ts.
 *
 * @see https://webassembly.github.io/spec/core/appendix/custom.html#name-section
 */
import type { NameSection } from '../syntax/index.ts';
import { ByteWriter } from './byte-writer.ts';

export type EncodableNames = Omit<NameSection, 'problem'>;

type NameMap = ReadonlyMap<number, string>;

/** The subsections after the module's name, in the order of their ids, from 1. */
const subsections = [
  'functions',
  'locals',
  'labels',
  'types',
  'tables',
  'memories',
  'globals',
  'elems',
  'datas',
  'fields',
  'tags',
] as const satisfies readonly (keyof EncodableNames)[];

/** Name maps are sorted by index. */
function sorted<T>(map: ReadonlyMap<number, T>): [number, T][] {
  return [...map].sort(([a], [b]) => a - b);
}

function writeNameMap(out: ByteWriter, names: NameMap): void {
  out.u32(names.size);
  for (const [index, name] of sorted(names)) {
    out.u32(index);
    out.name(name);
  }
}

function writeMap(out: ByteWriter, map: NameMap | ReadonlyMap<number, NameMap>): void {
  out.u32(map.size);
  for (const [index, value] of sorted<string | NameMap>(map)) {
    out.u32(index);
    if (typeof value === 'string') out.name(value);
    else writeNameMap(out, value);
  }
}

function writeSubsection(out: ByteWriter, id: number, contents: ByteWriter): void {
  out.u8(id);
  out.u32(contents.length);
  out.copy(contents, 0, contents.length);
}

/** The section's contents without its own name; empty when nothing has a name. */
export function encodeNames(names: EncodableNames): Uint8Array {
  const out = new ByteWriter();
  if (names.module !== undefined) {
    const contents = new ByteWriter();
    contents.name(names.module);
    writeSubsection(out, 0, contents);
  }
  subsections.forEach((key, position) => {
    if (names[key].size === 0) return;
    const contents = new ByteWriter();
    writeMap(contents, names[key]);
    writeSubsection(out, position + 1, contents);
  });
  return out.toBytes();
}
