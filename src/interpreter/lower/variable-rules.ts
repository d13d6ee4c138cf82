/** Locals, globals, constants, references, `drop` and `select`: instructions that move values. */
import { concreteHeapType, F32, F64, I32, I64, type Mnemonic, refType, type ValType } from '../../syntax/index.ts';
import { classOf, type ValueClass } from '../slots.ts';
import { type Emitter, LOCAL, slotOp } from './emitter.ts';
import type { Lowering } from './lowering.ts';
import type { Rule } from './rules.ts';

const byClass = (prefix: string): Record<ValueClass, number> => ({
  word: slotOp(`${prefix}_word`),
  pair: slotOp(`${prefix}_pair`),
  quad: slotOp(`${prefix}_quad`),
  ref: slotOp(`${prefix}_ref`),
});

const SELECT = byClass('select');
const GLOBAL_GET = byClass('global.get');
const GLOBAL_SET = byClass('global.set');
const REF_NULL = slotOp('ref.null');
const REF_FUNC = slotOp('ref.func');
const REF_IS_NULL = slotOp('ref.is_null');
const REF_AS_NON_NULL = slotOp('ref.as_non_null');
const I32_EQZ = slotOp('i32.eqz');

/** Writes the topmost operand to a local; it stays on the virtual stack. */
function setLocal({ emitter, localAt }: Lowering, localidx: number): void {
  const at = localAt[localidx]!;
  const top = emitter.height - 1;
  const isSame = emitter.kinds[top] === LOCAL && emitter.lo[top] === at;
  if (isSame) return;
  // The value itself may refer to another local; only what lies below it must be saved.
  emitter.height = top;
  emitter.spillLocal(at);
  emitter.height = top + 1;
  if (emitter.isResult(top)) {
    emitter.retarget(at);
    return;
  }
  emitter.copyTo(top, at);
}

function select({ emitter }: Lowering): void {
  const first = emitter.height - 3;
  const type = emitter.types[first]!;
  const a = emitter.operand(first);
  const b = emitter.operand(first + 1);
  const d = emitter.operand(first + 2);
  emitter.popMany(3);
  const instr = emitter.emitResult(SELECT[classOf(type)], type);
  instr.a = a;
  instr.b = b;
  instr.d = d;
}

function constant(type: ValType): Rule {
  return {
    before({ emitter, checker }) {
      const { lo, hi } = checker.reader;
      const isPair = classOf(type) === 'pair';
      emitter.pushConst(type, lo, isPair ? hi : 0);
    },
  };
}

/** One reference in, one value out. */
function unaryRef(emitter: Emitter, op: number, result: ValType): void {
  const a = emitter.operand(emitter.pop());
  emitter.emitResult(op, result).a = a;
}

export const variableRules = {
  'local.get': {
    before({ emitter, checker, localAt }) {
      const { index } = checker.reader;
      emitter.pushLocal(checker.locals[index]!, localAt[index]!);
    },
  },
  'local.set': {
    before(lowering) {
      setLocal(lowering, lowering.checker.reader.index);
      lowering.emitter.pop();
    },
  },
  'local.tee': {
    before(lowering) {
      setLocal(lowering, lowering.checker.reader.index);
    },
  },
  'global.get': {
    before({ emitter, checker, code }) {
      const { index } = checker.reader;
      const type = code.module.spaces.globals[index]!.content;
      emitter.pushGlobal(GLOBAL_GET[classOf(type)], type, index);
    },
  },
  'global.set': {
    before({ emitter, checker }) {
      const { index } = checker.reader;
      const top = emitter.pop();
      const a = emitter.operand(top);
      const instr = emitter.emit(GLOBAL_SET[classOf(emitter.types[top]!)]);
      instr.a = a;
      instr.b = index;
      emitter.noteGlobal(index, a, top);
    },
  },
  drop: {
    before({ emitter }) {
      emitter.pop();
    },
  },
  select: { before: select },
  select_t: { before: select },
  'i32.const': constant(I32),
  'i64.const': constant(I64),
  'f32.const': constant(F32),
  'f64.const': constant(F64),
  'i32.eqz': {
    before(lowering) {
      const { emitter } = lowering;
      if (lowering.tryNegate(emitter.height - 1)) return;
      const a = emitter.operand(emitter.pop());
      emitter.emitResult(I32_EQZ, I32).a = a;
    },
  },
  'i32.wrap_i64': reinterpret(I32),
  'i32.reinterpret_f32': reinterpret(I32),
  'i64.reinterpret_f64': reinterpret(I64),
  'f32.reinterpret_i32': reinterpret(F32),
  'f64.reinterpret_i64': reinterpret(F64),
  'ref.null': {
    before({ emitter, checker }) {
      emitter.emitResult(REF_NULL, refType(checker.reader.heap, true));
    },
  },
  'ref.func': {
    before({ emitter, checker, code }) {
      const { index } = checker.reader;
      const typeidx = code.module.spaces.funcs[index]!;
      emitter.emitResult(REF_FUNC, funcRefType(typeidx)).a = index;
    },
  },
  'ref.is_null': {
    before({ emitter }) {
      unaryRef(emitter, REF_IS_NULL, I32);
    },
  },
  'ref.as_non_null': {
    before({ emitter }) {
      unaryRef(emitter, REF_AS_NON_NULL, emitter.types[emitter.height - 1]!);
    },
  },
} satisfies Partial<Record<Mnemonic, Rule>>;

/** The same bits under another type: nothing to do but rename the operand. */
function reinterpret(type: ValType): Rule {
  return {
    before({ emitter }) {
      const top = emitter.height - 1;
      emitter.types[top] = type;
    },
  };
}

function funcRefType(typeidx: number): ValType {
  return refType(concreteHeapType(typeidx), false);
}
