/**
 * The `metadata.code.branch_hint` section: which way conditional branches are likely to go.
 *
 * Like names, hints never make a module ill-formed. A damaged section gives no hints at all, and
 * `problem` says why. Whether a hint stands at a branch is asked of `misplacedHint`, on demand: it walks code.
 *
 * @see https://webassembly.github.io/spec/core/appendix/custom.html#branch-hints
 */
import {
  type BranchHint,
  type BranchHintSection,
  type ByteRange,
  DecodeError,
  importCount,
  instrId,
  type Module,
} from '../syntax/index.ts';
import { InstructionReader } from './instruction-reader.ts';
import { Reader } from './reader.ts';

export const BRANCH_HINT_SECTION = 'metadata.code.branch_hint';

/** Of a module without the section. */
export const noBranchHints: BranchHintSection = { functions: new Map(), problem: undefined };

const HINT_BYTES = 1;
const LIKELY = 1;

/** Reads the section's contents. Never throws on account of the bytes. */
export function decodeBranchHints(bytes: Uint8Array, { byteOffset, byteLength }: ByteRange): BranchHintSection {
  const reader = new Reader(bytes, byteOffset, byteOffset + byteLength);
  try {
    const functions = decodeFunctions(reader);
    if (!reader.done) reader.fail('section size mismatch');
    return { functions, problem: undefined };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { ...noBranchHints, problem: error.message };
  }
}

function decodeFunctions(reader: Reader): Map<number, readonly BranchHint[]> {
  const functions = new Map<number, readonly BranchHint[]>();
  const count = reader.vectorLength(reader.end, 'function');
  let last = -1;
  for (let i = 0; i < count; i++) {
    const start = reader.offset;
    const funcidx = reader.u32();
    if (funcidx <= last) reader.fail(`function ${funcidx} is not after the one before it`, start);
    last = funcidx;
    functions.set(funcidx, decodeHints(reader));
  }
  return functions;
}

function decodeHints(reader: Reader): readonly BranchHint[] {
  const hints: BranchHint[] = [];
  const count = reader.vectorLength(reader.end, 'branch hint');
  let last = -1;
  for (let i = 0; i < count; i++) {
    const start = reader.offset;
    const byteOffset = reader.u32();
    if (byteOffset <= last) reader.fail('branch hint is not after the one before it', start);
    last = byteOffset;
    const size = reader.u32();
    if (size !== HINT_BYTES) reader.fail(`a branch hint has 1 byte, not ${size}`);
    const value = reader.u8();
    if (value > LIKELY) reader.fail(`a branch hint is 0 or 1, not ${value}`);
    hints.push({ byteOffset, likely: value === LIKELY });
  }
  return hints;
}

const branchIds = new Set((['if', 'br_if'] as const).map(instrId));

/** Where a hint stands that hints at nothing. */
export interface MisplacedHint {
  readonly funcidx: number;
  /** In the module's binary; of the section's contents when there is no such function. */
  readonly byteOffset: number;
}

/**
 * The first hint that is not at an `if` or `br_if` of a function of the module's own; `undefined` when all are.
 *
 * @throws {DecodeError} when a hinted function's code is ill-formed
 */
export function misplacedHint(module: Module): MisplacedHint | undefined {
  const first = importCount(module, 'func');
  for (const [funcidx, hints] of module.branchHints.functions) {
    const func = module.funcs[funcidx - first];
    if (func === undefined) {
      const section = module.customs.find(({ name }) => name === BRANCH_HINT_SECTION);
      return { funcidx, byteOffset: section?.content.byteOffset ?? 0 };
    }
    const { byteOffset, byteLength } = func.body;
    const branches = branchOffsets(new InstructionReader(module.bytes, byteOffset, byteOffset + byteLength));
    const misplaced = hints.find((hint) => !branches.has(func.entry.byteOffset + hint.byteOffset));
    if (misplaced !== undefined) return { funcidx, byteOffset: func.entry.byteOffset + misplaced.byteOffset };
  }
  return undefined;
}

function branchOffsets(reader: InstructionReader): Set<number> {
  const offsets = new Set<number>();
  while (!reader.done) {
    reader.next();
    if (branchIds.has(reader.id)) offsets.add(reader.at);
  }
  return offsets;
}
