/** A function of a traced module that makes one number of an array's items, however many an instruction has written. */
import {
  type ArrayType,
  concreteHeapType,
  F32,
  F64,
  I32,
  I64,
  isPacked,
  isRef,
  type Module,
  refType,
  unpacked,
  V128,
} from '../../syntax/index.ts';
import type { Code } from '../prepare/index.ts';
import type { AddedFunction } from './recorder.ts';

/** Items that count. */
const MAX_ITEMS = 64;
const [ARRAY, AT, SUM, VECTOR, SINGLE, DOUBLE] = [0, 1, 2, 3, 4, 5];

/** @returns a function of `[(ref null typeidx)] -> [i64]`; 0 of null. NaNs count as one: engines may choose some. */
export function arrayDigest(module: Module, typeidx: number): AddedFunction {
  const { storage } = (module.types[typeidx]!.comp as ArrayType).field;
  const write = (code: Code) => {
    code.at('local.get', ARRAY).op('ref.is_null').block('if').i64(0, 0).op('return', 'end');
    code.block('block').block('loop');
    code.at('local.get', AT).at('local.get', ARRAY).op('array.len', 'i32.ge_u').at('br_if', 1);
    code.at('local.get', AT).i32(MAX_ITEMS).op('i32.ge_u').at('br_if', 1);
    code.at('local.get', SUM).i64(31, 0).op('i64.mul');
    code.at('local.get', ARRAY).at('local.get', AT);
    code.at(isPacked(storage) ? 'array.get_u' : 'array.get', typeidx);
    const type = unpacked(storage);
    if (isRef(type)) code.op('ref.is_null', 'i64.extend_i32_u');
    else if (type === V128) {
      code.at('local.tee', VECTOR).lane('i64x2.extract_lane', 0);
      code.at('local.get', VECTOR).lane('i64x2.extract_lane', 1).i64(3, 0).op('i64.mul', 'i64.xor');
    } else if (type === F64) {
      code.at('local.tee', DOUBLE).op('i64.reinterpret_f64').i64(0, 0x7ff80000);
      code.at('local.get', DOUBLE).at('local.get', DOUBLE).op('f64.eq', 'select');
    } else if (type === F32) {
      code.at('local.tee', SINGLE).op('i32.reinterpret_f32').i32(0x7fc00000);
      code.at('local.get', SINGLE).at('local.get', SINGLE).op('f32.eq', 'select', 'i64.extend_i32_u');
    } else if (type === I32) code.op('i64.extend_i32_u');
    code.op('i64.add').at('local.set', SUM);
    code.at('local.get', AT).i32(1).op('i32.add').at('local.set', AT).at('br', 0).op('end', 'end');
    code.at('local.get', SUM);
  };
  const array = refType(concreteHeapType(typeidx), true);
  return {
    type: { kind: 'func', params: [array], results: [I64] },
    locals: [I32, I64, V128, F32, F64],
    write,
    exported: undefined,
  };
}
