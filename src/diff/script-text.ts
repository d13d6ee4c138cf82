/** Calls and what an engine makes of them, as a test script writes them. */
import {
  F32,
  F64,
  type FuncType,
  heapTypeOf,
  heapTypeText,
  I32,
  I64,
  indexSpaces,
  isNullable,
  isRef,
  type Module,
  trapMessages,
  V128,
  type ValType,
} from '../syntax/index.ts';
import type { Bits, Call, Ending } from './case.ts';

const scratch = new DataView(new ArrayBuffer(8));

function floatText(value: number, payload: string, isNegative: boolean): string {
  if (Number.isNaN(value)) return `${isNegative ? '-' : ''}nan:0x${payload}`;
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

function f32Text(bits: Bits): string {
  const word = Number.parseInt(bits, 16);
  scratch.setUint32(0, word);
  return floatText(scratch.getFloat32(0), (word & 0x7f_ffff).toString(16), word >= 0x8000_0000);
}

function f64Text(bits: Bits): string {
  const value = BigInt(`0x${bits}`);
  scratch.setBigUint64(0, value);
  return floatText(scratch.getFloat64(0), (value & (2n ** 52n - 1n)).toString(16), value >> 63n === 1n);
}

/** Bits of a value as the text format's constant; `undefined` for a reference that it cannot write. */
export function constantText(type: ValType, bits: Bits): string | undefined {
  if (type === I32) return `(i32.const ${Number.parseInt(bits, 16) | 0})`;
  if (type === I64) return `(i64.const ${BigInt.asIntN(64, BigInt(`0x${bits}`))})`;
  if (type === F32) return `(f32.const ${f32Text(bits)})`;
  if (type === F64) return `(f64.const ${f64Text(bits)})`;
  if (type === V128) {
    const lanes = [3, 2, 1, 0].map((i) => `0x${bits.padStart(32, '0').slice(8 * i, 8 * i + 8)}`);
    return `(v128.const i32x4 ${lanes.join(' ')})`;
  }
  return bits === 'null' && isNullable(type) ? `(ref.null ${heapTypeText(heapTypeOf(type))})` : undefined;
}

/** What a prepared call told, as constants of the function's results; `undefined` where references are not null. */
function resultTexts(results: readonly ValType[], told: readonly Bits[]): string[] | undefined {
  let at = 0;
  const texts = results.map((type) => {
    const low = told[at++] ?? '0';
    if (type === V128) return constantText(type, (told[at++] ?? '0') + low);
    if (isRef(type)) return /^0+$/.test(low) ? '(ref.null)' : undefined;
    const bits = type === I32 || type === F32 ? low.slice(-8) : low;
    const isNan = /nan/.test(constantText(type, bits) ?? '');
    return isNan ? `(${type === F32 ? 'f32' : 'f64'}.const nan:canonical)` : constantText(type, bits);
  });
  return texts.includes(undefined) ? undefined : (texts as string[]);
}

/**
 * An assertion that a call ends as an engine says; a plain `invoke` where a script cannot say so.
 *
 * @param name of the export
 */
export function assertionText(
  module: Module,
  { funcidx, args }: Call,
  name: string,
  ending: Ending | undefined,
): string {
  const { params, results } = module.types[indexSpaces(module).funcs[funcidx]!]!.comp as FuncType;
  const values = params.map((type, i) => constantText(type, args[i]!) ?? '(ref.null any)');
  const invoke = `(invoke ${[JSON.stringify(name), ...values].join(' ')})`;
  if (ending?.kind === 'trap' && ending.traps[0] !== undefined) {
    return `(assert_trap ${invoke} ${JSON.stringify(trapMessages[ending.traps[0]])})`;
  }
  if (ending?.kind === 'exception') return `(assert_exception ${invoke})`;
  const expected = ending?.kind === 'results' ? resultTexts(results, ending.bits) : undefined;
  return expected === undefined ? invoke : `(assert_return ${[invoke, ...expected].join(' ')})`;
}
