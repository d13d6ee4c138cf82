/**
 * How many operands an instruction takes and how many results it leaves, for the folded form only.
 *
 * Folding is layout: a wrong count would read badly and mean the same. So ill-typed code needs no
 * care here, and whatever does not exist counts as nothing.
 */
import type { InstructionReader } from '../decoder/index.ts';
import {
  BOTTOM,
  type CompType,
  type IndexSpaces,
  indexSpaces,
  instructions,
  type Module,
  type PolymorphicMnemonic,
  signatureOf,
} from '../syntax/index.ts';

/** Operands and results. */
export type Arity = readonly [operandCount: number, resultCount: number];

/** What arities depend on besides the instruction. */
export interface ArityContext {
  readonly module: Module;
  readonly spaces: IndexSpaces;
  /** Types that a branch to the label carries. */
  labelArity(labelidx: number): number;
  /** Results of the function that the code is in. */
  readonly returnArity: number;
}

export function arityContext(module: Module): Pick<ArityContext, 'module' | 'spaces'> {
  return { module, spaces: indexSpaces(module) };
}

const noArity: Arity = [0, 0];

function arityOfComp(comp: CompType | undefined): Arity {
  return comp?.kind === 'func' ? [comp.params.length, comp.results.length] : noArity;
}

/** Parameters and results of a function type. */
export function arityOfType({ module }: Pick<ArityContext, 'module'>, typeidx: number | undefined): Arity {
  return typeidx === undefined ? noArity : arityOfComp(module.types[typeidx]?.comp);
}

/** Parameters and results of a block's type. */
export function arityOfBlock(reader: InstructionReader, context: Pick<ArityContext, 'module'>): Arity {
  if (reader.blockTypeidx >= 0) return arityOfType(context, reader.blockTypeidx);
  return [0, reader.blockValType === BOTTOM ? 0 : 1];
}

type ArityRule = Arity | ((reader: InstructionReader, context: ArityContext) => Arity);

const callOf: ArityRule = (reader, context) => arityOfType(context, context.spaces.funcs[reader.index]);
/** Through a table or a reference: one operand more says which function. */
const indirectCall: ArityRule = (reader, context) => {
  const [params, results] = arityOfType(context, reader.index);
  return [params + 1, results];
};
const branchIf: ArityRule = (reader, context) => {
  const arity = context.labelArity(reader.index);
  return [arity + 1, arity];
};
/** The label's last type is the reference itself. */
const branchWithRef: ArityRule = (reader, context) => {
  const arity = context.labelArity(reader.index);
  return [arity, arity];
};
const tagParams: ArityRule = (reader, context) => {
  return [arityOfType(context, context.spaces.tags[reader.index]?.typeidx)[0], 0];
};
/** Blocks fold no operands in; `if` its condition. */
const block: ArityRule = (reader, context) => [0, arityOfBlock(reader, context)[1]];

/** Operands and results of the instructions that have no signature in the table. */
const arityRules: Record<PolymorphicMnemonic, ArityRule> = {
  unreachable: noArity,
  block,
  loop: block,
  if: (reader, context) => [1, arityOfBlock(reader, context)[1]],
  else: noArity,
  throw: tagParams,
  throw_ref: [1, 0],
  end: noArity,
  br: (reader, context) => [context.labelArity(reader.index), 0],
  br_if: branchIf,
  br_table: (reader, context) => [context.labelArity(reader.labels[reader.labelCount - 1] as number) + 1, 0],
  return: (_reader, context) => [context.returnArity, 0],
  call: callOf,
  call_indirect: indirectCall,
  return_call: callOf,
  return_call_indirect: indirectCall,
  call_ref: indirectCall,
  return_call_ref: indirectCall,
  try_table: block,
  br_on_null: (reader, context) => {
    const arity = context.labelArity(reader.index) + 1;
    return [arity, arity];
  },
  br_on_non_null: branchWithRef,
  br_on_cast: branchWithRef,
  br_on_cast_fail: branchWithRef,
  try: block,
  catch: noArity,
  rethrow: noArity,
  delegate: noArity,
  catch_all: noArity,
  drop: [1, 0],
  select: [3, 1],
  select_t: [3, 1],
  'local.get': [0, 1],
  'local.set': [1, 0],
  'local.tee': [1, 1],
  'global.get': [0, 1],
  'global.set': [1, 0],
  'table.get': [1, 1],
  'table.set': [2, 0],
  'table.init': [3, 0],
  'table.copy': [3, 0],
  'table.grow': [2, 1],
  'table.size': [0, 1],
  'table.fill': [3, 0],
  'memory.copy': [3, 0],
  'ref.null': [0, 1],
  'ref.is_null': [1, 1],
  'ref.func': [0, 1],
  'ref.as_non_null': [1, 1],
  'ref.test': [1, 1],
  'ref.test null': [1, 1],
  'ref.cast': [1, 1],
  'ref.cast null': [1, 1],
  'struct.new': (reader, { module }) => {
    const comp = module.types[reader.index]?.comp;
    return [comp?.kind === 'struct' ? comp.fields.length : 0, 1];
  },
  'struct.new_default': [0, 1],
  'struct.get': [1, 1],
  'struct.get_s': [1, 1],
  'struct.get_u': [1, 1],
  'struct.set': [2, 0],
  'array.new': [2, 1],
  'array.new_default': [1, 1],
  'array.new_fixed': (reader) => [reader.index2, 1],
  'array.new_data': [2, 1],
  'array.new_elem': [2, 1],
  'array.get': [2, 1],
  'array.get_s': [2, 1],
  'array.get_u': [2, 1],
  'array.set': [3, 0],
  'array.fill': [4, 0],
  'array.copy': [5, 0],
  'array.init_data': [4, 0],
  'array.init_elem': [4, 0],
  'any.convert_extern': [1, 1],
  'extern.convert_any': [1, 1],
};

const ruleById: readonly ArityRule[] = instructions.map((row) => {
  const signature = signatureOf(row);
  if (signature === undefined) return arityRules[row.name as PolymorphicMnemonic];
  return [signature.operands.length, signature.results.length];
});

/** The arity of the instruction that `reader` has just read. */
export function arityOf(reader: InstructionReader, context: ArityContext): Arity {
  const rule = ruleById[reader.id] as ArityRule;
  return typeof rule === 'function' ? rule(reader, context) : rule;
}
