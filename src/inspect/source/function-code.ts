/**
 * The instructions of one function, as a debugger speaks of them: where each begins, how long it is, and how
 * many operands it takes.
 */
import { InstructionReader } from '../../decoder/index.ts';
import { type InstrId, importCount, instrId, type Module } from '../../syntax/index.ts';
import { type ArityContext, arityContext, arityOf, arityOfBlock, arityOfType } from '../../text/index.ts';

export interface CodeLine {
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly id: InstrId;
  /** Operands that it takes off the stack. */
  readonly operandCount: number;
  /** Open blocks around it. */
  readonly depth: number;
  /** The local or global that it reads, when it does nothing else. */
  readonly reads: { readonly space: 'local' | 'global'; readonly index: number } | undefined;
  /** The function that it calls, when the instruction itself names it. */
  readonly callee: number | undefined;
}

const blockStarts = new Set<InstrId>((['block', 'loop', 'if', 'try', 'try_table'] as const).map(instrId));
/** These divide blocks and are never executed by themselves. */
const delimiters = new Set<InstrId>((['else', 'catch', 'catch_all', 'end', 'delegate'] as const).map(instrId));
const calls = new Set<InstrId>((['call', 'return_call'] as const).map(instrId));
const loopId = instrId('loop');
const endId = instrId('end');
const delegateId = instrId('delegate');
const localGetId = instrId('local.get');
const globalGetId = instrId('global.get');

/** Does an instruction only divide a block? Nothing stops there. */
export function isDelimiter(id: InstrId): boolean {
  return delimiters.has(id);
}

/** Reads the code of functions, and keeps what all of them need. */
export class CodeReader {
  private readonly module: Module;
  private readonly importedFuncCount: number;
  private readonly arities: Pick<ArityContext, 'module' | 'spaces'>;

  constructor(module: Module) {
    this.module = module;
    this.importedFuncCount = importCount(module, 'func');
    this.arities = arityContext(module);
  }

  /** All instructions of a function that the module defines, delimiters too. @throws {DecodeError} */
  read(funcidx: number): CodeLine[] {
    const func = this.module.funcs[funcidx - this.importedFuncCount];
    if (func === undefined) return [];
    const { byteOffset, byteLength } = func.body;
    const reader = new InstructionReader(this.module.bytes, byteOffset, byteOffset + byteLength);
    const returnArity = arityOfType(this.arities, func.typeidx)[1];
    const labels: number[] = [];
    const labelArity = (labelidx: number) => labels[labels.length - 1 - labelidx] ?? returnArity;
    const context: ArityContext = { ...this.arities, labelArity, returnArity };
    const lines: CodeLine[] = [];
    while (!reader.done) {
      reader.next();
      const { id, at } = reader;
      const isEnd = id === endId || id === delegateId;
      if (isEnd) labels.pop();
      const depth = labels.length - (delimiters.has(id) && !isEnd ? 1 : 0);
      const [operandCount] = delimiters.has(id) ? [0] : arityOf(reader, context);
      const callee = calls.has(id) ? reader.index : undefined;
      const byteLength = reader.offset - at;
      lines.push({ byteOffset: at, byteLength, id, operandCount, depth, reads: readsOf(reader), callee });
      if (!blockStarts.has(id)) continue;
      const [paramCount, resultCount] = arityOfBlock(reader, context);
      labels.push(id === loopId ? paramCount : resultCount);
    }
    return lines;
  }
}

function readsOf({ id, index }: InstructionReader): CodeLine['reads'] {
  if (id === localGetId) return { space: 'local', index };
  return id === globalGetId ? { space: 'global', index } : undefined;
}
