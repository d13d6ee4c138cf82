/** What a traced module tells of: the places in its code, and the values that it pushes there. */
import { InstructionReader } from '../../decoder/index.ts';
import {
  type InstrId,
  importCount,
  instrId,
  instructions,
  type Mnemonic,
  type Module,
  type ValType,
} from '../../syntax/index.ts';

/**
 * A place in the code of a prepared module that makes a record when it is passed. `entry`: a function's start, with its
 * parameters; `result`: after an instruction, with what it pushed; `state`: what it left elsewhere; `operand`: before
 * it.
 */
export interface Site {
  readonly funcidx: number;
  /** Of the instruction in the prepared module; for an entry, of the body. */
  readonly byteOffset: number;
  readonly id: InstrId;
  readonly role: 'entry' | 'result' | 'state' | 'operand';
  /** Which of the values of that role it is. */
  readonly ordinal: number;
  /** Absent: nothing but that it was passed. */
  readonly type: ValType | undefined;
}

export const named = (...names: Mnemonic[]): ReadonlySet<InstrId> => new Set(names.map((name) => instrId(name)));

/**
 * Instructions after which nothing is recorded: what they do shows in the next. So constants and locals stay beside the
 * instruction that takes them, as they were when the difference was seen.
 */
const silentNames = ['local.get', 'nop', 'drop', 'block', 'try', 'try_table', 'ref.null', 'ref.func'] as const;
const constants = instructions.flatMap(({ name }) => (name.endsWith('.const') ? [name] : []));
export const silent: ReadonlySet<InstrId> = named(...silentNames, ...constants);

export interface PlacedInstruction {
  readonly id: InstrId;
  readonly byteOffset: number;
}

/** The instructions of a function of the module's own. */
export function instructionsOf(module: Module, funcidx: number): PlacedInstruction[] {
  const { byteOffset, byteLength } = module.funcs[funcidx - importCount(module, 'func')]!.body;
  const reader = new InstructionReader(module.bytes, byteOffset, byteOffset + byteLength);
  const found: PlacedInstruction[] = [];
  while (!reader.done) {
    reader.next();
    found.push({ id: reader.id, byteOffset: reader.at });
  }
  return found;
}

/** What makes NaNs canonical in code that was put into a module: its results are exact. */
export const canonicalising = named('select', 'v128.bitselect');
