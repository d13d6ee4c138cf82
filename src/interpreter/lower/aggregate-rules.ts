/** Structures, arrays, i31 and casts. */
import { arrayLayout, type FieldLayout, type StructLayout, structLayout } from '../../runtime/index.ts';
import {
  abstractHeapTypes,
  concreteHeapType,
  type HeapType,
  I32,
  isConcrete,
  type Mnemonic,
  refType,
  typeidxOf,
  type ValType,
} from '../../syntax/index.ts';
import { slotCount } from '../aggregates.ts';
import type { ArraySource, CastTarget } from '../cold/aggregate.ts';
import { classOf } from '../slots.ts';
import { slotOp } from './emitter.ts';
import type { Lowering } from './lowering.ts';
import type { Rule } from './rules.ts';

/** `(ref typeidx)`: what making an aggregate leaves on the stack. */
function made(typeidx: number): ValType {
  return refType(concreteHeapType(typeidx), false);
}

export function layoutOfStruct({ code }: Pick<Lowering, 'code'>, typeidx: number): StructLayout {
  return structLayout(code.module.typeIds[typeidx]!, (type) => slotCount[classOf(type)]);
}

function layoutOfArray({ code }: Lowering, typeidx: number) {
  return arrayLayout(code.module.typeIds[typeidx]!);
}

function fieldOf(lowering: Lowering): FieldLayout {
  const { index, index2 } = lowering.checker.reader;
  return layoutOfStruct(lowering, index).fields[index2]!;
}

/** Up to three operands in `a b d`, `k` as given, a result of the given type. */
function operation(
  name: string,
  operandCount: number,
  constant: (lowering: Lowering) => unknown,
  result: ((lowering: Lowering) => ValType) | undefined,
): Rule {
  const op = slotOp(name);
  return {
    before(lowering) {
      const { emitter } = lowering;
      const first = emitter.height - operandCount;
      const [a = 0, b = 0, d = 0] = Array.from({ length: operandCount }, (_, i) => emitter.operand(first + i));
      emitter.popMany(operandCount);
      const instr = result === undefined ? emitter.emit(op) : emitter.emitResult(op, result(lowering));
      instr.a = a;
      instr.b = b;
      instr.d = d;
      instr.k = constant(lowering);
    },
  };
}

/** Operands side by side from `a` on; `b` and `d` are where the third and the last one are. */
function sideBySide(name: string, operandCount: number, constant: (lowering: Lowering) => unknown): Rule {
  const op = slotOp(name);
  return {
    before(lowering) {
      const { emitter } = lowering;
      const first = emitter.height - operandCount;
      emitter.flushFrom(first);
      const instr = emitter.emit(op);
      instr.a = emitter.at[first]!;
      instr.b = emitter.at[first + 2]!;
      instr.d = emitter.at[first + operandCount - 1]!;
      instr.k = constant(lowering);
      emitter.popMany(operandCount);
    },
  };
}

/** Makes an aggregate of `count(lowering)` operands side by side from `a` on. */
function makes(name: string, count: (lowering: Lowering) => number, constant: (lowering: Lowering) => unknown): Rule {
  const op = slotOp(name);
  return {
    before(lowering) {
      const { emitter, checker } = lowering;
      const operandCount = count(lowering);
      const first = emitter.height - operandCount;
      emitter.flushFrom(first);
      const a = operandCount === 0 ? 0 : emitter.at[first]!;
      emitter.popMany(operandCount);
      const instr = emitter.emitResult(op, made(checker.reader.index));
      instr.a = a;
      instr.b = operandCount;
      instr.k = constant(lowering);
    },
  };
}

const ownArray = (lowering: Lowering) => layoutOfArray(lowering, lowering.checker.reader.index);
const ownStruct = (lowering: Lowering) => layoutOfStruct(lowering, lowering.checker.reader.index);
const madeOwn = ({ checker }: Lowering) => made(checker.reader.index);
const elementType = (lowering: Lowering) => ownArray(lowering).type;
const fieldType = (lowering: Lowering) => fieldOf(lowering).type;
const withSegment = (lowering: Lowering): ArraySource => ({
  layout: ownArray(lowering),
  segment: lowering.checker.reader.index2,
});

// Casts.

function canonicalHeap({ code }: Lowering, heap: HeapType): HeapType {
  return isConcrete(heap) ? concreteHeapType(code.module.typeIds[typeidxOf(heap)]!) : heap;
}

function test(nullable: boolean): Rule {
  return operation(
    'ref.test',
    1,
    (lowering) => target(lowering, nullable),
    () => I32,
  );
}

function cast(nullable: boolean): Rule {
  return operation(
    'ref.cast',
    1,
    (lowering) => target(lowering, nullable),
    ({ checker }) => refType(checker.reader.heap, nullable),
  );
}

function target(lowering: Lowering, nullable: boolean): CastTarget {
  return { heap: canonicalHeap(lowering, lowering.checker.reader.heap), nullable };
}

/** Branches when the reference is (not) of the second type; it stays on the stack either way. */
function branchOnCast(name: string, inverse: string): Rule {
  const ops = { when: slotOp(name), unless: slotOp(inverse) };
  return {
    before(lowering) {
      const { emitter, checker } = lowering;
      const { index, heap2, nullable2 } = checker.reader;
      const top = emitter.height - 1;
      emitter.materialise(top);
      const a = emitter.at[top]!;
      const k: CastTarget = { heap: canonicalHeap(lowering, heap2), nullable: nullable2 };
      lowering.conditionally(index, lowering.labelTypes(index).length, (label, sense) => {
        const branch = emitter.emit(sense ? ops.when : ops.unless);
        branch.a = a;
        branch.k = k;
        branch.cost = lowering.charge;
        label.attach(branch);
      });
    },
  };
}

/** The same reference in the other hierarchy. */
function convert(heap: HeapType): Rule {
  return {
    before({ emitter }) {
      emitter.types[emitter.height - 1] = refType(heap, true);
    },
  };
}

export const aggregateRules = {
  'ref.test': test(false),
  'ref.test null': test(true),
  'ref.cast': cast(false),
  'ref.cast null': cast(true),
  br_on_cast: branchOnCast('br_on_cast', 'br_on_cast_fail'),
  br_on_cast_fail: branchOnCast('br_on_cast_fail', 'br_on_cast'),
  'any.convert_extern': convert(abstractHeapTypes.any),
  'extern.convert_any': convert(abstractHeapTypes.extern),
  'struct.new': makes('struct.new', (lowering) => ownStruct(lowering).fields.length, ownStruct),
  'struct.new_default': makes('struct.new_default', () => 0, ownStruct),
  'struct.get': operation('struct.get', 1, fieldOf, fieldType),
  'struct.get_s': operation('struct.get_s', 1, fieldOf, fieldType),
  'struct.get_u': operation('struct.get', 1, fieldOf, fieldType),
  'struct.set': operation('struct.set', 2, fieldOf, undefined),
  'array.new': operation('array.new', 2, ownArray, madeOwn),
  'array.new_default': operation('array.new_default', 1, ownArray, madeOwn),
  'array.new_fixed': makes('array.new_fixed', ({ checker }) => checker.reader.index2, ownArray),
  'array.new_data': operation('array.new_data', 2, withSegment, madeOwn),
  'array.new_elem': operation('array.new_elem', 2, withSegment, madeOwn),
  'array.get': operation('array.get', 2, ownArray, elementType),
  'array.get_s': operation('array.get_s', 2, ownArray, elementType),
  'array.get_u': operation('array.get', 2, ownArray, elementType),
  'array.set': operation('array.set', 3, ownArray, undefined),
  'array.fill': sideBySide('array.fill', 4, ownArray),
  'array.copy': sideBySide('array.copy', 5, ownArray),
  'array.init_data': sideBySide('array.init_data', 4, withSegment),
  'array.init_elem': sideBySide('array.init_elem', 4, withSegment),
} satisfies Partial<Record<Mnemonic, Rule>>;
