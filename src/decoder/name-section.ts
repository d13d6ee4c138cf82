/**
 * The `name` section: names for everything that has an index, for people to read.
 *
 * It never makes a module ill-formed. A damaged one gives no names at all, rather than some that may
 * be wrong, and `problem` says what is damaged. Names of indices that do not exist are kept; nobody asks for them.
 *
 * @see https://webassembly.github.io/spec/core/appendix/custom.html#name-section
 */
import { type ByteRange, DecodeError, type NameSection } from '../syntax/index.ts';
import { Reader } from './reader.ts';

type NameMap = Map<number, string>;
type IndirectNameMap = Map<number, NameMap>;
/** What the subsections fill. */
type NameDraft = { -readonly [Key in keyof NameSection]: NameSection[Key] };

const emptyMap: ReadonlyMap<number, never> = new Map<number, never>();

/** Of a module without a name section. */
export const noNames: NameSection = {
  module: undefined,
  functions: emptyMap,
  locals: emptyMap,
  labels: emptyMap,
  types: emptyMap,
  tables: emptyMap,
  memories: emptyMap,
  globals: emptyMap,
  elems: emptyMap,
  datas: emptyMap,
  fields: emptyMap,
  tags: emptyMap,
  problem: undefined,
};

type SubsectionDecoder = (names: NameDraft, reader: Reader) => void;

function direct(key: 'functions' | 'types' | 'tables' | 'memories' | 'globals' | 'elems' | 'datas' | 'tags') {
  return (names: NameDraft, reader: Reader) => {
    names[key] = decodeNameMap(reader);
  };
}

function indirect(key: 'locals' | 'labels' | 'fields') {
  return (names: NameDraft, reader: Reader) => {
    names[key] = decodeIndirectNameMap(reader);
  };
}

/** Subsections by id; other ids are passed over. */
const subsections: readonly SubsectionDecoder[] = [
  (names, reader) => {
    names.module = reader.name();
  },
  direct('functions'),
  indirect('locals'),
  indirect('labels'),
  direct('types'),
  direct('tables'),
  direct('memories'),
  direct('globals'),
  direct('elems'),
  direct('datas'),
  indirect('fields'),
  direct('tags'),
];

/** Reads the section's contents. Never throws on account of the bytes. */
export function decodeNameSection(bytes: Uint8Array, content: ByteRange): NameSection {
  const names: NameDraft = { ...noNames };
  const reader = new Reader(bytes, content.byteOffset, content.byteOffset + content.byteLength);
  try {
    const seen = new Set<number>();
    while (!reader.done) decodeSubsection(reader, names, seen);
    return names;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { ...noNames, problem: error.message };
  }
}

function decodeSubsection(reader: Reader, names: NameDraft, seen: Set<number>): void {
  const start = reader.offset;
  const id = reader.u8();
  if (seen.has(id)) reader.fail(`name subsection ${id} stands twice`, start);
  seen.add(id);
  const size = reader.u32();
  const end = reader.skip(size) + size;
  const contents = new Reader(reader.bytes, end - size, end);
  const decode = subsections[id];
  if (decode === undefined) return;
  decode(names, contents);
  if (!contents.done) contents.fail('section size mismatch');
}

function decodeNameMap(reader: Reader): NameMap {
  const names: NameMap = new Map();
  const count = reader.vectorLength(reader.end, 'name');
  for (let i = 0; i < count; i++) {
    const start = reader.offset;
    const index = reader.u32();
    if (names.has(index)) reader.fail(`index ${index} is named twice`, start);
    names.set(index, reader.name());
  }
  return names;
}

function decodeIndirectNameMap(reader: Reader): IndirectNameMap {
  const names: IndirectNameMap = new Map();
  const count = reader.vectorLength(reader.end, 'name map');
  for (let i = 0; i < count; i++) {
    const start = reader.offset;
    const index = reader.u32();
    if (names.has(index)) reader.fail(`index ${index} is named twice`, start);
    names.set(index, decodeNameMap(reader));
  }
  return names;
}
