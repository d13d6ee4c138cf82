/**
 * Bytes → Module: the header and the frame of sections. Their contents are in sections.ts.
 *
 * What comes out is well-formed up to function bodies, which stay ranges of bytes; the validator
 * walks those and says what it means.
 *
 * @see https://webassembly.github.io/spec/core/binary/modules.html#binary-module
 */
import {
  type BranchHintSection,
  type ByteRange,
  type CustomSection,
  DecodeError,
  type Module,
  type NameSection,
  type SectionRange,
} from '../syntax/index.ts';
import { BRANCH_HINT_SECTION, decodeBranchHints, noBranchHints } from './branch-hints.ts';
import { InstructionReader } from './instruction-reader.ts';
import { moduleLimits } from './limits.ts';
import { decodeNameSection, noNames } from './name-section.ts';
import { Reader } from './reader.ts';
import { sectionIds, sectionOrder } from './section-ids.ts';
import { emptyDraft, type ModuleDraft, sectionDecoders } from './sections.ts';

/** Section names and places in the order, by id; custom sections have no place. */
const nameById = new Map<number, keyof typeof sectionDecoders>(sectionOrder.map((name) => [sectionIds[name], name]));
const placeById = new Map<number, number>(sectionOrder.map((name, place) => [sectionIds[name], place]));

/** Bytes of the magic number and the version. */
const HEADER_BYTES = 8;

/**
 * Decodes a module. `bytes` is kept (`Module.bytes`) and must not change afterwards.
 *
 * @throws {DecodeError} at the first ill-formed byte outside of function bodies, and past a limit of `moduleLimits`
 * @see https://webassembly.github.io/spec/core/binary/modules.html
 */
export function decodeModule(bytes: Uint8Array): Module {
  if (bytes.length > moduleLimits.moduleBytes) {
    throw new DecodeError(
      `module size exceeds the limit of ${moduleLimits.moduleBytes} bytes`,
      moduleLimits.moduleBytes,
    );
  }
  checkHeader(bytes);
  const reader = new Reader(bytes, HEADER_BYTES);
  const draft = emptyDraft();
  const sections: SectionRange[] = [];
  const customs: CustomSection[] = [];
  let lastId = sectionIds.custom as number;
  let lastPlace = -1;
  while (!reader.done) {
    const start = reader.offset;
    const id = reader.u8();
    const place = placeById.get(id) ?? -1;
    if (id !== sectionIds.custom && place < 0) reader.fail('malformed section id', start);
    const end = sectionEnd(reader);
    const range = { byteOffset: reader.offset, byteLength: end - reader.offset };
    if (id === sectionIds.custom) {
      const custom = decodeCustom(bytes, range.byteOffset, end, lastId);
      customs.push(custom);
      sections.push({ id, name: custom.name, ...range });
    } else {
      if (place <= lastPlace) reader.fail('unexpected content after last section: section out of order', start);
      const name = nameById.get(id) as keyof typeof sectionDecoders;
      decodeSection(name, bytes, range, draft);
      sections.push({ id, name, ...range });
      lastId = id;
      lastPlace = place;
    }
    reader.offset = end;
  }
  checkCounts(draft, reader.end);
  return assemble(bytes, draft, sections, customs);
}

const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const VERSION = 1;
/** Version 13 on layer 1: the component model's binary format. */
const COMPONENT = 0x0001_000d;

function checkHeader(bytes: Uint8Array): void {
  const reader = new Reader(bytes);
  for (let i = 0; i < MAGIC.length && bytes.length >= MAGIC.length; i++) {
    if (bytes[i] !== MAGIC[i]) reader.fail('magic header not detected', 0);
  }
  if (bytes.length < HEADER_BYTES) reader.fail('unexpected end of the module header', bytes.length);
  const version = bytes[4]! | (bytes[5]! << 8) | (bytes[6]! << 16) | (bytes[7]! << 24);
  if (version === VERSION) return;
  const hint = version === COMPONENT ? ': these bytes are a component, not a core module' : '';
  reader.fail(`unknown binary version${hint}`, MAGIC.length);
}

/** Reads a section's size; the end of its contents. */
function sectionEnd(reader: Reader): number {
  const start = reader.offset;
  const size = reader.u32();
  if (size > reader.end - reader.offset) reader.fail('length out of bounds: section passes the end', start);
  return reader.offset + size;
}

function decodeCustom(bytes: Uint8Array, start: number, end: number, after: number): CustomSection {
  const reader = new Reader(bytes, start, end);
  const name = reader.name();
  return { name, content: { byteOffset: reader.offset, byteLength: end - reader.offset }, after };
}

/** A section's contents end where they end; its size is then compared, as in the specification's grammar. */
function decodeSection(
  name: keyof typeof sectionDecoders,
  bytes: Uint8Array,
  { byteOffset, byteLength }: ByteRange,
  draft: ModuleDraft,
): void {
  const reader = new InstructionReader(bytes, byteOffset);
  sectionDecoders[name](reader, draft);
  const excess = reader.offset - byteOffset - byteLength;
  if (excess === 0) return;
  const difference = excess > 0 ? `content is ${excess} bytes longer` : `${-excess} bytes are left over`;
  reader.fail(`section size mismatch: ${difference} in the ${name} section`);
}

/** Counts of sections that may be absent as a whole. */
function checkCounts(draft: ModuleDraft, end: number): void {
  if (draft.funcTypes.length !== draft.funcs.length) {
    throw new DecodeError('function and code section have inconsistent lengths', end);
  }
  if (draft.dataCount !== undefined && draft.dataCount !== draft.datas.length) {
    throw new DecodeError('data count and data section have inconsistent lengths', end);
  }
}

function assemble(
  bytes: Uint8Array,
  draft: ModuleDraft,
  sections: readonly SectionRange[],
  customs: readonly CustomSection[],
): Module {
  return lazyCustomData({
    bytes,
    sections,
    recGroups: draft.recGroups,
    types: draft.types,
    imports: draft.imports,
    funcs: draft.funcs,
    tables: draft.tables,
    memories: draft.memories,
    globals: draft.globals,
    tags: draft.tags,
    exports: draft.exports,
    start: draft.start,
    elems: draft.elems,
    dataCount: draft.dataCount,
    datas: draft.datas,
    customs,
  });
}

/** A module whose names and branch hints are decoded when they are first asked for: most runs never do. */
export function lazyCustomData(module: Omit<Module, 'names' | 'branchHints'>): Module {
  const contentOf = (name: string) => module.customs.find((custom) => custom.name === name)?.content;
  let names: NameSection | undefined;
  let branchHints: BranchHintSection | undefined;
  return {
    ...module,
    get names() {
      const content = contentOf('name');
      names ??= content === undefined ? noNames : decodeNameSection(module.bytes, content);
      return names;
    },
    get branchHints() {
      const content = contentOf(BRANCH_HINT_SECTION);
      branchHints ??= content === undefined ? noBranchHints : decodeBranchHints(module.bytes, content);
      return branchHints;
    },
  };
}
