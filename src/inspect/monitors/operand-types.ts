/**
 * What each instruction of a function takes off the operand stack and leaves there, as types: made by one
 * walk of the checker over the body. Values are not read here.
 */
import { contextOf } from '../../interpreter/index.ts';
import type { Code } from '../../runtime/index.ts';
import { type InstrId, instrId, instructions, type ValType } from '../../syntax/index.ts';
import { type ArityContext, arityContext, arityOf, arityOfType, printInstruction } from '../../text/index.ts';
import { BodyChecker } from '../../validator/index.ts';
import { viewOf } from '../frames/module-view.ts';

export interface InstructionShape {
  /** As the text format writes it. */
  readonly text: string;
  /** Types in the module's own type indices. A branch takes what it decides by; what it carries on stays. */
  readonly takes: readonly ValType[];
  readonly gives: readonly ValType[];
}

const blockStarts = new Set<InstrId>((['block', 'loop', 'try', 'try_table'] as const).map(instrId));
const LOOP = instrId('loop');
const IF = instrId('if');
const BR_IF = instrId('br_if');
const BR_TABLE = instrId('br_table');

/** Shapes of a function's instructions by byte offset. */
export function instructionShapes(code: Code): ReadonlyMap<number, InstructionShape> {
  const { module } = code.module;
  const checker = new BodyChecker(contextOf(code), code.funcidx);
  const { names } = viewOf(code.module);
  const context = contextIn(code, checker);
  const shapes = new Map<number, InstructionShape>();
  const { reader } = checker;
  names.enterFunction(code.funcidx);
  while (!reader.done && checker.next()) {
    const text = printInstruction(reader, names);
    const [takeCount, giveCount] = countsOf(reader.id, () => arityOf(reader, context));
    const takes = checker.stack.slice(Math.max(0, checker.height - takeCount), checker.height);
    const { at, id } = reader;
    if (id === IF || blockStarts.has(id)) names.openLabel();
    else if (instructions[id]!.name === 'end' || instructions[id]!.name === 'delegate') names.closeLabel();
    checker.check();
    const gives = checker.stack.slice(Math.max(0, checker.height - giveCount), checker.height);
    shapes.set(at, { text, takes, gives });
  }
  return shapes;

  function contextIn({ func }: Code, { controls }: BodyChecker): ArityContext {
    const labelArity = (labelidx: number) => {
      const frame = controls[checker.depth - 1 - labelidx];
      if (frame === undefined) return 0;
      return (frame.opcode === LOOP ? frame.startTypes : frame.endTypes).length;
    };
    return { ...arityContext(module), labelArity, returnArity: arityOfType({ module }, func.typeidx)[1] };
  }
}

function countsOf(id: InstrId, arity: () => readonly [number, number]): readonly [number, number] {
  if (blockStarts.has(id)) return [0, 0];
  return id === IF || id === BR_IF || id === BR_TABLE ? [1, 0] : arity();
}
