/**
 * Every row of the instruction table, in fast and clear code, over interesting operands: beside the host's
 * own WebAssembly where it knows the instruction, beside BigInt arithmetic and literals where it does not.
 * The cases come from the table: a row that nothing here knows how to try fails.
 */
import { describe, expect, test } from 'vitest';
import { f32Fma, f64Fma } from '../src/interpreter/numerics/index.ts';
import { relaxedAs } from '../src/interpreter/vector-names.ts';
import { type InstructionRow, instructions, signatureOf } from '../src/syntax/index.ts';
import { parseModule } from '../src/text/index.ts';
import {
  type FuncSignature,
  hostWrapper,
  inGlassbox,
  inHost,
  lowerings,
  type Outcome,
  type Subject,
  withCanonicalNans,
} from './generate/exact-calls.ts';
import { type NumberType, operands, someOperands } from './generate/operands.ts';
import { hostProposals } from './generate/random-code.ts';
import { type RowCase, rowCases } from './generate/row-cases.ts';

const numberTypes: ReadonlySet<string> = new Set<NumberType>(['i32', 'i64', 'f32', 'f64', 'v128']);

/** Operands and results when they are numbers only. */
function numberSignature(row: InstructionRow): FuncSignature | undefined {
  const signature = signatureOf(row);
  if (signature === undefined || rowCases[row.name] !== undefined) return undefined;
  const isNumeric = [...signature.operands, ...signature.results].every((type) => numberTypes.has(type));
  return isNumeric
    ? { params: signature.operands as NumberType[], results: signature.results as NumberType[] }
    : undefined;
}

const isAccess = ({ imm, name }: InstructionRow) =>
  (imm === 'memarg' || imm === 'memarg_laneidx') && rowCases[name] === undefined;
const numericRows = instructions.filter((row) => numberSignature(row) !== undefined);
const accessRows = instructions.filter(isAccess);

test('every row is tried', () => {
  const tried = new Set([...numericRows, ...accessRows].map(({ name }) => name as string));
  const untried = instructions.filter(({ name }) => !tried.has(name) && rowCases[name] === undefined);
  expect(untried.map(({ name }) => name)).toEqual([]);
  const strangers = Object.keys(rowCases).filter((name) => !instructions.some((row) => row.name === name));
  expect(strangers).toEqual([]);
});

/** All combinations of a few lists. */
function crossed(lists: readonly (readonly bigint[])[]): bigint[][] {
  return lists.reduce<bigint[][]>(
    (tuples, list) => tuples.flatMap((tuple) => list.map((each) => [...tuple, each])),
    [[]],
  );
}

/** At most this many values an operand, so that the product stays near a thousand. */
const countFor = [0, Number.POSITIVE_INFINITY, 40, 14, 6];

function operandsOf({ params }: FuncSignature): bigint[][] {
  const count = countFor[params.length]!;
  return crossed(
    params.map((type) => (count === Number.POSITIVE_INFINITY ? operands[type] : someOperands(type, count))),
  );
}

const paramsText = ({ params, results }: FuncSignature) => `(param ${params.join(' ')}) (result ${results.join(' ')})`;
const assemble = (fields: string) => parseModule(`(module ${fields})`).bytes;

const hex = (values: readonly bigint[]) => values.map((bits) => `0x${bits.toString(16)}`).join(' ');

function outcomeText(outcome: Outcome): string {
  return 'results' in outcome ? hex(outcome.results) : `trap ${outcome.traps.join(' or ')}`;
}

function sameOutcome(actual: Outcome, expected: Outcome): boolean {
  if ('results' in actual && 'results' in expected) {
    return actual.results.every((bits, i) => bits === expected.results[i]);
  }
  if ('results' in actual || 'results' in expected) return false;
  return expected.traps.some((kind) => actual.traps.includes(kind));
}

/** Tries both lowerings on all arguments. `expectedOf` is asked once for each. */
function compare(
  bytes: Uint8Array,
  signature: FuncSignature,
  tuples: readonly (readonly bigint[])[],
  expectedOf: (args: readonly bigint[]) => Outcome,
  what: string,
): void {
  const expected = tuples.map(expectedOf);
  for (const lowering of lowerings) {
    const { call } = inGlassbox(bytes, signature, lowering)();
    tuples.forEach((args, i) => {
      const actual = call(args);
      const wanted = expected[i]!;
      // An `expect` for each of a million calls would take the run's time.
      if (sameOutcome(actual, wanted)) return;
      expect(outcomeText(actual), `${what} of ${hex(args)} in ${lowering} code`).toBe(outcomeText(wanted));
    });
  }
}

// Numeric and vector instructions.

/** The results whose NaNs an engine may choose: lanes of f32 or f64. */
function arithmeticLane({ name }: InstructionRow): 'f32' | 'f64' | undefined {
  const operation =
    /^(f32|f64)(x\d)?\.(relaxed_)?(n?madd|min|max|add|sub|mul|div|sqrt|ceil|floor|trunc|nearest|demote.*|promote.*)$/;
  return operation.exec(name)?.[1] as 'f32' | 'f64' | undefined;
}

/** A row's instruction with each of its immediates. */
function instructionsOf({ name, imm }: InstructionRow): string[] {
  const type = name.slice(0, name.indexOf('.'));
  switch (imm) {
    case 'none':
      return [name];
    case 'laneidx':
      return Array.from({ length: Number(/x(\d+)\./.exec(name)![1]) }, (_, lane) => `${name} ${lane}`);
    case 'lanes16':
      return [(i: number) => i, (i: number) => 31 - i, (i: number) => (i * 7 + 3) % 32].map(
        (lane) => `${name} ${Array.from({ length: 16 }, (_, i) => lane(i)).join(' ')}`,
      );
    default:
      return operands[type as NumberType].map((bits) => `${name} ${literal(type as NumberType, bits)}`);
  }
}

/** Bits as the text format writes them, NaN payloads too. */
function literal(type: NumberType, bits: bigint): string {
  if (type === 'v128') return `i64x2 ${bits & (2n ** 64n - 1n)} ${bits >> 64n}`;
  if (type === 'i32' || type === 'i64') return String(bits);
  const [exponentBits, fractionBits] = type === 'f32' ? [8n, 23n] : [11n, 52n];
  const sign = bits >> (exponentBits + fractionBits) === 0n ? '' : '-';
  const top = (1n << exponentBits) - 1n;
  const exponent = (bits >> fractionBits) & top;
  const fraction = bits & ((1n << fractionBits) - 1n);
  if (exponent === top) return fraction === 0n ? `${sign}inf` : `${sign}nan:0x${fraction.toString(16)}`;
  const isSubnormal = exponent === 0n;
  const mantissa = isSubnormal ? fraction : fraction | (1n << fractionBits);
  const power = (isSubnormal ? 1n : exponent) - (1n << (exponentBits - 1n)) + 1n - fractionBits;
  return `${sign}0x${mantissa.toString(16)}p${power}`;
}

type Reference = (args: readonly bigint[]) => bigint[];

const low64 = (value: bigint) => BigInt.asUintN(64, value);
const join128 = (lo: bigint, hi: bigint) => (hi << 64n) | lo;
const split128 = (value: bigint) => [low64(value), low64(value >> 64n)];
const signed64 = (value: bigint) => BigInt.asIntN(64, value);

/** A reference for each vector by its lanes, of signed or float values. */
function onLanes(
  laneBits: number,
  lane: (lanes: readonly bigint[], at: number) => bigint,
  count = 128 / laneBits,
): Reference {
  return (args) => {
    const lanes = Array.from({ length: count }, (_, at) => BigInt.asUintN(laneBits, lane(args, at)));
    return [lanes.reduceRight((vector, bits) => (vector << BigInt(laneBits)) | bits, 0n)];
  };
}

const laneOf = (vector: bigint, laneBits: number, at: number) =>
  BigInt.asUintN(laneBits, vector >> BigInt(laneBits * at));
const view = new DataView(new ArrayBuffer(8));

function fused32(negate: boolean): Reference {
  const read = (vector: bigint, at: number) => {
    view.setUint32(0, Number(laneOf(vector, 32, at)));
    return view.getFloat32(0);
  };
  return onLanes(32, ([x = 0n, y = 0n, z = 0n], at) => {
    view.setFloat32(0, f32Fma(negate ? -read(x, at) : read(x, at), read(y, at), read(z, at)));
    return BigInt(view.getUint32(0));
  });
}

function fused64(negate: boolean): Reference {
  const read = (vector: bigint, at: number) => {
    view.setBigUint64(0, laneOf(vector, 64, at));
    return view.getFloat64(0);
  };
  return onLanes(64, ([x = 0n, y = 0n, z = 0n], at) => {
    view.setFloat64(0, f64Fma(negate ? -read(x, at) : read(x, at), read(y, at), read(z, at)));
    return view.getBigUint64(0);
  });
}

/** The wrapped sum of two products of signed bytes. */
function dotOfBytes(x: bigint, y: bigint, at: number): bigint {
  const product = (k: number) => BigInt.asIntN(8, laneOf(x, 8, k)) * BigInt.asIntN(8, laneOf(y, 8, k));
  return BigInt.asIntN(16, product(2 * at) + product(2 * at + 1));
}

/** What the host lacks, in the deterministic profile. Fused products are held against exact ones in fma.test.ts. */
const references: Readonly<Record<string, Reference>> = {
  'i64.add128': ([a = 0n, b = 0n, c = 0n, d = 0n]) => split128(join128(a, b) + join128(c, d)),
  'i64.sub128': ([a = 0n, b = 0n, c = 0n, d = 0n]) => split128(join128(a, b) - join128(c, d)),
  'i64.mul_wide_s': ([a = 0n, b = 0n]) => split128(signed64(a) * signed64(b)),
  'i64.mul_wide_u': ([a = 0n, b = 0n]) => split128(a * b),
  'f32x4.relaxed_madd': fused32(false),
  'f32x4.relaxed_nmadd': fused32(true),
  'f64x2.relaxed_madd': fused64(false),
  'f64x2.relaxed_nmadd': fused64(true),
  'i16x8.relaxed_dot_i8x16_i7x16_s': onLanes(16, ([x = 0n, y = 0n], at) => dotOfBytes(x, y, at)),
  'i32x4.relaxed_dot_i8x16_i7x16_add_s': onLanes(
    32,
    ([x = 0n, y = 0n, z = 0n], at) => dotOfBytes(x, y, 2 * at) + dotOfBytes(x, y, 2 * at + 1) + laneOf(z, 32, at),
  ),
};

/** The instruction by which the host computes what a row should: itself, or what a relaxed one is. */
function onHostAs(row: InstructionRow, instruction: string): string | undefined {
  if (hostProposals.has(row.proposal)) return instruction;
  return relaxedAs[row.name as keyof typeof relaxedAs];
}

function numericModule(instruction: string, signature: FuncSignature, withHost: boolean): Uint8Array {
  const gets = signature.params.map((_, i) => `(local.get ${i})`).join(' ');
  return assemble(`(func $f (export "f") ${paramsText(signature)} (${instruction} ${gets}))
    ${withHost ? hostWrapper(signature) : ''}`);
}

describe('numeric and vector instructions', () => {
  test.each(numericRows)('$name', (row) => {
    const signature = numberSignature(row)!;
    const lane = arithmeticLane(row);
    const canonical = (results: readonly bigint[]) =>
      results.map((bits) => (lane === undefined ? bits : withCanonicalNans(lane, bits)));
    for (const instruction of instructionsOf(row)) {
      const reference = references[row.name];
      const asHost = onHostAs(row, instruction);
      if (reference === undefined && asHost === undefined) throw new Error('nothing says what it gives');
      const host = asHost && inHost(numericModule(asHost, signature, true), signature)();
      const expectedOf = (args: readonly bigint[]): Outcome => {
        const outcome = host ? host.call(args) : { results: reference!(args) };
        return 'results' in outcome ? { results: canonical(outcome.results) } : outcome;
      };
      const bytes = numericModule(instruction, signature, false);
      compare(bytes, signature, operandsOf(signature), expectedOf, instruction);
    }
  });
});

// Accesses to memory.

const PAGE = 65_536;
const WIDE_MODULUS = 2n ** 32n;

/** Where the access goes: the first memory, one behind it, or one of 64-bit addresses. */
const memories = {
  first: { before: '', address: '', memidx: '' },
  second: { before: '(memory 0)', address: '', memidx: '$m' },
  wide: { before: '', address: 'i64', memidx: '' },
} as const;
type MemoryKind = keyof typeof memories;

function accessModule(row: InstructionRow, signature: FuncSignature, immediates: string, kind: MemoryKind): Uint8Array {
  const { before, address, memidx } = memories[kind];
  const gets = signature.params.map((_, i) => `(local.get ${i})`).join(' ');
  return assemble(`${before} (memory $m (export "memory") ${address} 1)
    (func $f (export "f") ${paramsText(signature)} (${row.name} ${memidx} ${immediates} ${gets}))
    ${kind === 'first' ? hostWrapper(signature) : ''}`);
}

/** Bytes of every sign, none like its neighbours. */
const pattern = Uint8Array.from({ length: PAGE }, (_, i) => (i * 131 + (i >> 8) * 17 + 0x85) & 0xff);

/** Offsets, and addresses that are unaligned, touch the last byte, or the first beyond. */
function placesOf({ accessBytes = 1 }: InstructionRow): { offset: number; addresses: number[] }[] {
  const last = PAGE - accessBytes;
  return [
    {
      offset: 0,
      addresses: [0, 1, 2, 3, 4, 6, 8, 1001, 4096, last - 1, last, last + 1, PAGE - 1, PAGE, -1, -8, 2 ** 31],
    },
    { offset: accessBytes, addresses: [0, 1, last - accessBytes, last - accessBytes + 1, -accessBytes] },
    { offset: last, addresses: [0, 1, accessBytes] },
    { offset: 2 ** 32 - 1, addresses: [0, 1, -1] },
  ];
}

function lanesOf({ imm, accessBytes = 1 }: InstructionRow): string[] {
  return imm === 'memarg' ? [''] : Array.from({ length: 16 / accessBytes }, (_, lane) => String(lane));
}

/** Alignment comes before bounds, in the specification. */
function isUnaligned({ proposal, accessBytes = 1 }: InstructionRow, address: number, offset: number): boolean {
  return proposal === 'threads' && ((address >>> 0) + offset) % accessBytes !== 0;
}

/** Makes the same call on both sides; results, traps and memory must be the same. */
function compareAccess(actual: Subject, reference: Subject, args: readonly bigint[], unaligned: boolean, what: string) {
  const theirs = reference.call(args);
  const expected: Outcome =
    'traps' in theirs ? { traps: [unaligned ? 'unaligned-atomic' : 'memory-out-of-bounds'] } : theirs;
  const outcome = actual.call(args);
  if (!sameOutcome(outcome, expected))
    expect(outcomeText(outcome), `${what} of ${hex(args)}`).toBe(outcomeText(expected));
  const isSameMemory = Buffer.compare(actual.memory(), reference.memory()) === 0;
  if (!isSameMemory) expect(isSameMemory, `memory after ${what} of ${hex(args)}`).toBe(true);
}

/** An access in one memory and lowering, beside the host's in its only memory. */
function runAccesses(row: InstructionRow, kind: MemoryKind, lane: string): void {
  const { operands: operandTypes, results } = signatureOf(row)!;
  const values = operandTypes.slice(1) as NumberType[];
  const signatureFor = (address: NumberType): FuncSignature => ({
    params: [address, ...values],
    results: results as NumberType[],
  });
  const signature = signatureFor(kind === 'wide' ? 'i64' : 'i32');
  const tuples = crossed(values.map((type) => someOperands(type, values.length > 1 ? 3 : 5)));
  for (const { offset, addresses } of placesOf(row)) {
    const immediates = `offset=${offset} ${lane}`;
    const host = inHost(accessModule(row, signatureFor('i32'), immediates, 'first'), signatureFor('i32'));
    const own = accessModule(row, signature, immediates, kind);
    for (const lowering of lowerings) {
      const actual = inGlassbox(own, signature, lowering)();
      const expected = host();
      for (const { memory } of [actual, expected]) memory().set(pattern);
      const what = `${row.name} ${immediates} in ${kind} memory, ${lowering} code`;
      for (const address of addresses) {
        const unaligned = isUnaligned(row, address, offset);
        const bits = BigInt.asUintN(32, BigInt(address));
        for (const tuple of tuples) compareAccess(actual, expected, [bits, ...tuple], unaligned, what);
      }
      if (kind === 'wide') expectWideTraps(actual, row, tuples[0]!);
    }
  }
}

/** Addresses whose low 32 bits would do. The nearest multiple of the access, for atomics are checked for that first. */
function expectWideTraps(actual: Subject, row: InstructionRow, tuple: readonly bigint[]): void {
  for (const address of [WIDE_MODULUS, 2n ** 53n, 2n ** 63n, 2n ** 64n - BigInt(row.accessBytes ?? 1)]) {
    const outcome = actual.call([address, ...tuple]);
    const isRefused = 'traps' in outcome && /memory-out-of-bounds|unaligned-atomic/.test(outcome.traps[0]!);
    if (!isRefused) expect(outcomeText(outcome), `${row.name} at ${address}`).toBe('trap memory-out-of-bounds');
  }
}

describe('accesses to memory', () => {
  test.each(accessRows)('$name', (row) => {
    expect(hostProposals.has(row.proposal)).toBe(true);
    const lanes = lanesOf(row);
    for (const lane of lanes) runAccesses(row, 'first', lane);
    // Which lane it is has nothing to do with where the memory is.
    for (const kind of ['second', 'wide'] as const) runAccesses(row, kind, lanes[lanes.length - 1]!);
  });
});

// Everything else.

const conditions = [0, 1, 2, 3, 4, 5, 6, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1].map(BigInt);
const allTypes: readonly NumberType[] = ['i32', 'i64', 'f32', 'f64', 'v128'];
/** One of each width: enough where the values only show which way was taken. */
const typeOfEachWidth: readonly NumberType[] = ['i32', 'f64', 'v128'];

/** A case with T as one number type. */
function caseFields({ fields = '', body }: RowCase, type: NumberType): string {
  const text = `${fields} (func $f (export "f") (param $a T) (param $b T) (param $c i32) (result T) ${body})`;
  return text.replace(/\bT\b/g, type);
}

function caseOperands(type: NumberType, isStateful: boolean): bigint[][] {
  // An instance for each call takes its time.
  const values = someOperands(type, isStateful ? 4 : 16);
  const pairs = values.map((a, i) => [a, values[(i + 1) % values.length]!]);
  return pairs.flatMap((pair) => conditions.map((c) => [...pair, c]));
}

function literalOutcome({ expect: expected }: RowCase, [a = 0n, b = 0n, c = 0n]: readonly bigint[]): Outcome {
  const outcome = expected(a, b, c);
  return typeof outcome === 'bigint' ? { results: [outcome] } : { traps: [outcome] };
}

/** What a call may change; such cases get a new instance for each call. */
const statefulFields = /\((memory|table|elem|data|global)\b/;

function compareCase(row: InstructionRow, rowCase: RowCase, type: NumberType): void {
  const signature: FuncSignature = { params: [type, type, 'i32'], results: [type] };
  const fields = caseFields(rowCase, type);
  const isStateful = statefulFields.test(fields);
  const tuples = caseOperands(type, isStateful);
  const isHosts = hostProposals.has(row.proposal) && rowCase.isBeyondHost !== true;
  const sides = lowerings.map((lowering) => ({
    where: `${lowering} code`,
    make: inGlassbox(assemble(fields), signature, lowering),
  }));
  if (isHosts)
    sides.push({ where: 'the host', make: inHost(assemble(`${fields} ${hostWrapper(signature)}`), signature) });
  for (const { where, make } of sides) {
    let subject = make();
    for (const args of tuples) {
      if (isStateful) subject = make();
      const wanted = literalOutcome(rowCase, args);
      const actual = subject.call(args);
      if (sameOutcome(actual, wanted)) continue;
      expect(outcomeText(actual), `${row.name}: ${rowCase.body} of ${hex(args)} in ${where}`).toBe(outcomeText(wanted));
    }
  }
}

describe('the other instructions', () => {
  test.each(Object.keys(rowCases))('%s', (name) => {
    const row = instructions.find((each) => each.name === name)!;
    for (const rowCase of rowCases[name]!) {
      const isStateful = statefulFields.test(rowCase.fields ?? '');
      for (const type of rowCase.types ?? (isStateful ? typeOfEachWidth : allTypes)) compareCase(row, rowCase, type);
    }
  });
});
