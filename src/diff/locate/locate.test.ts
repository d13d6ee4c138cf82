/** Faults of which the place is known: the located instruction is the one, in all kinds of code. */
import { describe, expect, it } from 'vitest';
import type { InstructionReader } from '../../decoder/index.ts';
import { instrId, type Mnemonic } from '../../syntax/index.ts';
import { parseModule } from '../../text/index.ts';
import type { Call, Case, Engine } from '../case.ts';
import { glassboxEngine, hostEngine, isMissing } from '../engines/index.ts';
import { faultyEngine } from './faulty-engine.ts';
import { locate } from './index.ts';

const BR_IF = 0x0d;
const I32_EQZ = 0x45;
const THROW = 0x08;
const limits = { timeoutMs: 10_000, maxMemoryBytes: 2 ** 27 };

function caseOf(text: string, calls: readonly Call[]): Case {
  return { name: 'test', seed: 2, bytes: parseModule(text).bytes, calls, importSeed: 0, nans: 'after', fuel: 400 };
}

const I32_SUB = 0x6b;
const I32_DIV_S = 0x6d;
const hasSubBeforeDivision = (bytes: Uint8Array) =>
  bytes.some((byte, i) => byte === I32_SUB && bytes[i + 1] === I32_DIV_S);

const call = (funcidx: number, ...args: string[]): Call => ({ funcidx, args });

interface Known {
  readonly name: string;
  readonly text: string;
  readonly calls: readonly Call[];
  readonly from: Mnemonic;
  readonly to: Mnemonic | ((reader: InstructionReader) => void);
  /** In the text that people read. */
  readonly shows: readonly string[];
}

const known: readonly Known[] = [
  {
    name: 'a wrong sign in straight code',
    text: `(module (func (param i32 i32) (result i32)
      (i32.add (i32.xor (local.get 0) (i32.const 5)) (i32.shr_s (local.get 0) (local.get 1)))))`,
    calls: [call(0, 'fffffff0', '00000002')],
    from: 'i32.shr_s',
    to: 'i32.shr_u',
    shows: ['> i32.shr_s', '(i32.const -16) (i32.const 2)', 'gives (i32.const 1073741820)', 'gives (i32.const -4)'],
  },
  {
    name: 'the last turn of a loop',
    text: `(module (func (param i32) (result i32) (local i32)
      (loop (local.set 1 (i32.add (local.get 1) (i32.rem_s (i32.sub (i32.const 3) (local.get 0)) (i32.const 2))))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 1)))`,
    calls: [call(0, '00000006')],
    from: 'i32.rem_s',
    to: 'i32.rem_u',
    shows: ['> i32.rem_s', '(i32.const -3) (i32.const 2)'],
  },
  {
    name: 'a branch in a loop that is not taken',
    text: `(module (func (param i64) (result i64) (local i64)
      (block (loop (local.set 1 (i64.add (local.get 1) (i64.const 3)))
        (br_if 1 (i64.le_s (local.get 1) (local.get 0))) (br_if 0 (i64.lt_u (local.get 1) (i64.const 10)))))
      (local.get 1)))`,
    calls: [call(0, 'ffffffffffffffff')],
    from: 'i64.le_s',
    to: 'i64.le_u',
    shows: ['> i64.le_s'],
  },
  {
    name: 'a callee, behind an import that logs',
    text: `(module (import "a" "b" (func $log (param i32)))
      (func $inner (param i32) (result i32) (call $log (local.get 0)) (i32.ctz (local.get 0)))
      (func (param i32) (result i32) (i32.mul (call $inner (local.get 0)) (call $inner (i32.const 8)))))`,
    calls: [call(2, '00000008'), call(2, '00000001'), call(2, '00000010')],
    from: 'i32.ctz',
    to: 'i32.popcnt',
    shows: ['> i32.ctz', 'function 1 '],
  },
  {
    name: 'an indirect call that traps',
    text: `(module (type $t (func (result i32))) (table funcref (elem $a $b)) (func $a (result i32) (i32.const 1))
      (func $b (result i32) (i32.const 2)) (func (result i32) (call_indirect (type $t) (i32.const 1))))`,
    calls: [call(2)],
    from: 'call_indirect',
    to: (reader) => {
      reader.id = instrId('unreachable');
    },
    shows: ['> call_indirect', 'enters function'],
  },
  {
    name: 'a trap that is missing',
    text: '(module (func (param i32 i32) (result i32) (i32.add (i32.div_s (local.get 0) (local.get 1)) (i32.const 1))))',
    calls: [call(0, '80000000', 'ffffffff')],
    from: 'i32.div_s',
    to: 'i32.div_u',
    shows: ['> i32.div_s', 'ends here'],
  },
  {
    name: 'a trap too many',
    text: '(module (func (param f32) (result i32) (i32.xor (i32.trunc_f32_u (local.get 0)) (i32.const 7))))',
    calls: [call(0, '4f000000')],
    from: 'i32.trunc_f32_u',
    to: 'i32.trunc_f32_s',
    shows: ['> i32.trunc_f32_u', '(f32.const 2147483648)'],
  },
  {
    name: 'an exception of the wrong tag, as try_table catches it',
    text: `(module (tag $a (param i32)) (tag $b (param i32)) (func $thrower (param i32) (throw $a (local.get 0)))
      (func (param i32) (result i32) (block $h (result i32) (try_table (catch $a $h) (call $thrower (local.get 0)))
        (i32.const 1)) (i32.const 3) (i32.mul)))`,
    calls: [call(1, '00000007')],
    from: 'throw',
    to: (reader) => {
      reader.index = 1;
    },
    shows: ['> throw 0', '(i32.const 7)'],
  },
  {
    name: 'code of a handler of the withdrawn kind',
    text: `(module (tag $a (param i64)) (func (param i64) (result i64)
      (try (result i64) (do (throw $a (local.get 0))) (catch $a (i64.shr_s (i64.const 2))))))`,
    calls: [call(0, '8000000000000000')],
    from: 'i64.shr_s',
    to: 'i64.shr_u',
    shows: ['> i64.shr_s'],
  },
  {
    name: 'lanes of a vector',
    text: `(module (func (param v128 v128) (result i32)
      (i8x16.extract_lane_s 3 (i8x16.add_sat_s (local.get 0) (i8x16.neg (local.get 1))))))`,
    calls: [call(0, '7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f', 'f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0')],
    from: 'i8x16.add_sat_s',
    to: 'i8x16.add_sat_u',
    shows: ['> i8x16.add_sat_s'],
  },
  {
    name: 'a packed field of a structure',
    text: `(module (type $s (struct (field (mut i8)) (field i32))) (func (param i32) (result i32)
      (struct.get_s $s 0 (struct.new $s (local.get 0) (i32.const 9)))))`,
    calls: [call(0, '000000ff')],
    from: 'struct.get_s',
    to: 'struct.get_u',
    shows: ['> struct.get_s 0 0', '((ref 0) not null)'],
  },
  {
    name: 'a cast test of null',
    text: `(module (type $s (struct)) (func (param i32) (result i32)
      (ref.test (ref $s) (select (result anyref) (ref.null none) (ref.i31 (i32.const 1)) (local.get 0)))))`,
    calls: [call(0, '00000000'), call(0, '00000001')],
    from: 'ref.test',
    to: 'ref.test null',
    shows: ['> ref.test', 'null'],
  },
  {
    name: 'a field that is set in another’s place',
    text: `(module (type $s (struct (field (mut i32)) (field (mut i32)))) (func (param i32) (result i32) (local (ref null $s))
      (local.set 1 (struct.new_default $s))
      (struct.set $s 1 (local.get 1) (local.get 0))
      (i32.sub (struct.get $s 1 (local.get 1)) (struct.get $s 0 (local.get 1)))))`,
    calls: [call(0, '00000009')],
    from: 'struct.set',
    to: (reader) => {
      reader.index2 = 0;
    },
    shows: ['> struct.set 0 1', 'leaves (i32.const 9)', '(i32.const 9)'],
  },
  {
    name: 'a store that is too narrow, which nothing reads',
    text: '(module (memory 1) (func (param i32) (i32.store (i32.const 16) (local.get 0)) (i32.store8 (i32.const 4) (i32.const 1))))',
    calls: [call(0, '12345678')],
    from: 'i32.store',
    to: 'i32.store16',
    shows: ['> i32.store', '(i32.const 16) (i32.const 305419896)'],
  },
  {
    name: 'a store in the wrong place, which a load finds later',
    text: `(module (memory i64 1) (func (param i64) (result i64) (i64.store offset=8 (i64.const 0) (local.get 0))
      (i64.add (i64.const 1) (i64.load (i64.const 8)))))`,
    calls: [call(0, '0000000000000077')],
    from: 'i64.store',
    to: (reader) => {
      if (reader.memOffsetLo === 8 && reader.memidx === 0) reader.memOffsetLo = 16;
    },
    shows: ['> i64.store offset=8'],
  },
  {
    name: 'memory that a start function leaves',
    text: `(module (memory 1) (global $g (mut i32) (i32.const 0)) (start 0) (func
      (i32.store8 (i32.const 8) (i32.const 3)) (i64.store32 (i32.const 99) (i64.const -2)) (global.set $g (i32.const 1)))
      (func (param i32) (result i32) (local.get 0)))`,
    calls: [call(1, '00000001')],
    from: 'i64.store32',
    to: 'i64.store16',
    shows: ['> i64.store32', '(i32.const 99) (i64.const -2)'],
  },
  {
    name: 'memory that nobody reads, with globals looked at afterwards',
    text: `(module (memory 1 1 shared) (global $g (mut i64) (i64.const 0)) (func (param i32) (result i64)
      (drop (i64.atomic.rmw8.add_u (i32.const 5) (i64.const 6))) (i64.atomic.rmw8.add_u (i32.const 5) (i64.const 3))
      (global.set $g (i64.const 4)) (i64.const 7) (i64.add)))`,
    calls: [call(0, '00000000')],
    from: 'i64.atomic.rmw8.add_u',
    to: 'i64.atomic.rmw8.xor_u',
    shows: ['> i64.atomic.rmw8.add_u', '(i32.const 5) (i64.const 3)'],
  },
  {
    name: 'a payload that is lost',
    text: `(module (func (param f32) (result i32) (i32.reinterpret_f32 (f32.neg (local.get 0)))))`,
    calls: [call(0, '7fa00001')],
    from: 'f32.neg',
    to: 'f32.ceil',
    shows: ['> f32.neg', 'nan:0x200001'],
  },
  {
    name: 'a data segment that is not dropped, which an initialisation finds later',
    text: `(module (memory 1) (data "abcd") (data "efgh") (func (param i32) (result i32)
      (data.drop 0) (i32.store (i32.const 9) (i32.const 1))
      (memory.init 0 (i32.const 0) (i32.const 1) (local.get 0)) (i32.load (i32.const 0))))`,
    calls: [call(0, '00000002')],
    from: 'data.drop',
    to: (reader) => {
      reader.index = 1;
    },
    shows: ['> data.drop 0'],
  },
  {
    name: 'an element segment that is not dropped',
    text: `(module (table 4 funcref) (elem func $f $f) (elem func $f) (func $f)
      (func (param i32) (elem.drop 0) (table.init 0 (i32.const 0) (i32.const 0) (local.get 0))))`,
    calls: [call(1, '00000001')],
    from: 'elem.drop',
    to: (reader) => {
      reader.index = 1;
    },
    shows: ['> elem.drop 0'],
  },
  {
    name: 'elements in another table, which are read later',
    text: `(module (table 4 funcref) (table 4 funcref) (elem declare func $f) (func $f)
      (func (param i32) (result i32)
        (table.fill 1 (i32.const 1) (ref.func $f) (local.get 0)) (ref.is_null (table.get 1 (i32.const 2)))))`,
    calls: [call(1, '00000002')],
    from: 'table.fill',
    to: (reader) => {
      reader.index = 0;
    },
    shows: ['> table.fill 1', 'what differs after it: table 0 contents'],
  },
  {
    name: 'other functions in a table, which a call shows',
    text: `(module (type $t (func (result i32))) (table 4 funcref) (elem $a func $one $two) (elem $b func $two $one)
      (func $one (type $t) (i32.const 1)) (func $two (type $t) (i32.const 2))
      (func (param i32) (result i32)
        (table.init $a (i32.const 0) (i32.const 0) (i32.const 2)) (call_indirect (type $t) (local.get 0))))`,
    calls: [call(2, '00000001')],
    from: 'table.init',
    to: (reader) => {
      if (reader.index === 0) reader.index = 1;
    },
    shows: ['> table.init 0', 'what differs after it: table 0 functions'],
  },
  {
    name: 'a trap of another kind, with calls after it',
    text: `(module (type $t (func (result i32))) (table 8 funcref) (table 4 funcref) (global $g (mut i32) (i32.const 0))
      (func (param i32) (result i32) (i32.add (i32.const 1) (call_indirect 1 (type $t) (local.get 0))))
      (func (param i32) (result i32) (global.set $g (local.get 0)) (local.get 0)))`,
    calls: [call(0, '00000005'), call(1, '00000005')],
    from: 'call_indirect',
    to: (reader) => {
      reader.index2 = 0;
    },
    shows: ['> call_indirect 1', '(i32.const 5)'],
  },
  {
    name: 'items in the midst of an array',
    text: `(module (type $a (array (mut i64))) (func (param i32) (result i64) (local (ref null $a) (ref null $a))
      (local.set 1 (array.new $a (i64.const 5) (i32.const 5))) (local.set 2 (array.new_default $a (i32.const 5)))
      (array.set $a (local.get 1) (i32.const 2) (i64.const 7))
      (array.copy $a $a (local.get 2) (i32.const 0) (local.get 1) (i32.const 0) (i32.const 5))
      (array.get $a (local.get 2) (local.get 0))))`,
    calls: [call(0, '00000002')],
    from: 'i64.const',
    to: (reader) => {
      if (reader.lo === 7) reader.lo = 6;
    },
    shows: ['> i64.const 7'],
  },
  {
    name: 'what a structure is made of',
    text: `(module (type $s (struct (field (mut i8)) (field (mut i32)))) (func (param i32) (result i32) (local (ref null $s))
      (local.set 1 (struct.new $s (local.get 0) (i32.const 3)))
      (i32.add (struct.get_u $s 0 (local.get 1)) (struct.get $s 1 (local.get 1)))))`,
    calls: [call(0, '000000ff')],
    from: 'struct.get_u',
    to: 'struct.get_s',
    shows: ['> struct.get_u'],
  },
  {
    name: 'a constant that is another, which an operation takes',
    text: '(module (func (param i64) (result i64) (i64.add (local.get 0) (i64.mul (local.get 0) (i64.const 7)))))',
    calls: [call(0, '0000000000000003')],
    from: 'i64.const',
    to: (reader) => {
      if (reader.lo === 7) reader.lo = 9;
    },
    shows: ['> i64.const 7'],
  },
  {
    name: 'an instruction that only the border of a case has',
    text: '(module (func (param i32) (result i32) (local.get 0)))',
    calls: [call(0, 'ffffffff')],
    from: 'i64.extend_i32_u',
    to: 'i64.extend_i32_s',
    shows: ['in code that calls or observes it'],
  },
];

describe('locate', () => {
  const sound = glassboxEngine('fast', 'sound');
  it.each(known)('finds $name', async ({ text, calls, from, to, shows }) => {
    const found = await locate(caseOf(text, calls), faultyEngine(from, to), sound, limits);
    expect(found?.text.split('\n')[0]).toContain(`${from} in function`);
    for (const part of shows) expect(found!.text).toContain(part);
    expect(found!.instruction).toBe(from);
  });

  it('finds an active segment in what the instantiation leaves', async () => {
    const text =
      '(module (memory 1) (data (i32.const 8) "\\11\\22\\33\\44") (func (result i32) (i32.load (i32.const 8))))';
    const inner = glassboxEngine('fast', 'faulty');
    const patched = (bytes: Uint8Array) => {
      const at = bytes.findIndex((_, i) => [0x11, 0x22, 0x33, 0x44].every((byte, k) => bytes[i + k] === byte));
      return bytes.map((byte, i) => (i === at ? 0x12 : byte));
    };
    const faulty: Engine = {
      ...inner,
      run: (cases, within) =>
        inner.run(
          cases.map((each) => ({ ...each, bytes: patched(each.bytes) })),
          within,
        ),
    };
    const found = await locate(caseOf(text, [call(0)]), faulty, sound, limits);
    expect(found?.instruction).toBe('memory.init');
    expect(found?.text).toContain('active data segments');
  });

  it.each([
    ['wherever it stands', () => true],
    ['only in a statement left in one piece', hasSubBeforeDivision],
  ] as const)('finds the instruction that ends an engine, %s', async (_, canDie) => {
    const text = `(module (func (param i32) (result i32) (i32.add (i32.const 3)
      (i32.div_s (i32.const 6) (i32.sub (local.get 0) (i32.const 1))))))`;
    const inner = glassboxEngine('fast', 'mortal');
    const mortal: Engine = {
      ...inner,
      async run(cases, within) {
        const outcomes = await inner.run(cases, within);
        return outcomes.map((outcome, i) => {
          const isFatal =
            canDie(cases[i]!.bytes) &&
            outcome.kind === 'ran' &&
            outcome.observations.some(({ ending }) => ending.kind === 'trap' && ending.message.includes('zero'));
          return isFatal ? { kind: 'died', message: 'it is gone' } : outcome;
        });
      },
    };
    const found = await locate(caseOf(text, [call(0, '00000003'), call(0, '00000001')]), mortal, sound, limits);
    expect(found?.instruction).toBe('i32.div_s');
  });

  it('finds the end of a function that gives other results than it has', async () => {
    const text = '(module (func (param i32) (result i32 i32) (i32.clz (local.get 0)) (i32.ctz (local.get 0))))';
    const inner = glassboxEngine('fast', 'losing');
    const lost = (bits: readonly string[]) => (bits.length > 1 ? [...bits.slice(0, -1), '0000000000000001'] : bits);
    const losing: Engine = {
      ...inner,
      async run(cases, within) {
        const outcomes = await inner.run(cases, within);
        return outcomes.map((outcome) => {
          if (outcome.kind !== 'ran') return outcome;
          const observations = outcome.observations.map((each) => {
            const { ending } = each;
            return ending.kind === 'results' ? { ...each, ending: { ...ending, bits: lost(ending.bits) } } : each;
          });
          return { ...outcome, observations };
        });
      },
    };
    const found = await locate(caseOf(text, [call(0, '00000010')]), losing, sound, limits);
    expect(found?.instruction).toBe('end');
  });

  it('says nothing where nothing differs', async () => {
    const testCase = caseOf('(module (func (result i32) (i32.const 1)))', [call(0)]);
    expect(await locate(testCase, sound, sound, limits)).toBeUndefined();
  });

  it('finds the instruction beside an engine without a second memory', async () => {
    const text = '(module (memory 1) (func (param i32) (result i32) (i32.clz (i32.load (local.get 0)))))';
    const host = hostEngine();
    if (isMissing(host)) throw new Error(host.missing);
    const testCase = caseOf(text, [call(0, '00000004')]);
    const found = await locate(testCase, faultyEngine('i32.clz', 'i32.popcnt'), host as Engine, limits);
    expect(found?.instruction).toBe('i32.clz');
    expect(found?.text).toContain('v8');
  });

  it('lets engines choose NaNs until they are made canonical', async () => {
    const text = `(module (func (param v128) (result i32)
      (i32.clz (i8x16.bitmask (f32x4.ceil (local.get 0))))))`;
    const host = hostEngine();
    if (isMissing(host)) throw new Error(host.missing);
    const testCase = caseOf(text, [call(0, `${'7f801234'.repeat(3)}bf000000`)]);
    const found = await locate(testCase, faultyEngine('i32.clz', 'i32.popcnt'), host as Engine, limits);
    expect(found?.instruction).toBe('i32.clz');
  });

  it('names what makes a NaN canonical where it does not', async () => {
    const text = '(module (func (param f64) (result i64) (i64.reinterpret_f64 (f64.sqrt (local.get 0)))))';
    const testCase: Case = { ...caseOf(text, [call(0, 'c000000000000000')]), nans: 'before' };
    const wrongNan = faultyEngine('f64.const', (reader) => {
      reader.lo = 1;
    });
    const found = await locate(testCase, wrongNan, sound, limits);
    expect(found?.instruction).toBe('select');
  });

  it('finds the instruction beside an engine with one type of references to functions', async () => {
    const text = `(module (table 4 funcref) (func $f) (elem declare func $f)
      (func (param i32) (result i32) (table.set (i32.const 1) (ref.func $f)) (i32.clz (local.get 0))))`;
    const host = hostEngine();
    if (isMissing(host)) throw new Error(host.missing);
    const testCase = caseOf(text, [call(1, '00000004')]);
    const found = await locate(testCase, faultyEngine('i32.clz', 'i32.popcnt'), host as Engine, limits);
    expect(found?.instruction).toBe('i32.clz');
  });

  it('finds what only shows in expressions that are left in one piece', async () => {
    // As a fault of a compare and branch that run as one operation: it is gone when something stands between them.
    const text = `(module (func (param i32 i32) (result i32) (local i32)
      (local.set 2 (i32.add (local.get 0) (i32.const 3)))
      (block (br_if 0 (i32.lt_s (local.get 0) (local.get 1))) (local.set 2 (i32.mul (local.get 2) (i32.const 5))))
      (local.get 2)))`;
    const fused = faultyEngine('i32.lt_s', (reader) => {
      const isBeforeBranch = reader.bytes[reader.offset] === BR_IF;
      if (isBeforeBranch) reader.id = instrId('i32.le_s');
    });
    const found = await locate(caseOf(text, [call(0, '00000003', '00000003')]), fused, sound, limits);
    expect(found?.instruction).toBe('i32.lt_s');
  });

  it('names the comparison where it is one with an i32.eqz and a branch', async () => {
    const text = `(module (func (param i32) (result i32)
      (block (br_if 0 (i32.eqz (i32.ne (local.get 0) (i32.const 7)))) (local.set 0 (i32.const 1))) (local.get 0)))`;
    const fused = faultyEngine('i32.ne', (reader) => {
      const isFused = reader.bytes[reader.offset] === I32_EQZ && reader.bytes[reader.offset + 1] === BR_IF;
      if (isFused) reader.id = instrId('i32.eq');
    });
    const found = await locate(caseOf(text, [call(0, '00000007')]), fused, sound, limits);
    expect(found?.instruction).toBe('i32.ne');
  });

  it('names the throw where what is caught differs only when its statement is left in one piece', async () => {
    const text = `(module (tag (param f32 f32)) (global (mut f32) (f32.const 7)) (global (mut f32) (f32.const 8))
      (func (f32.const 1) (global.get 0) (throw 0)))`;
    const fused = faultyEngine('global.get', (reader) => {
      if (reader.bytes[reader.offset] === THROW) reader.index = 1;
    });
    const found = await locate(caseOf(text, [call(0)]), fused, sound, limits);
    expect(found?.instruction).toBe('throw');
  });

  it('finds the last of many steps, in one of several windows of the memory', async () => {
    // More than the memory of records holds, and than is logged.
    const text = `(module (func (param i32) (result i32) (local i32 i32)
      (loop
        (local.set 2 (i32.const 200))
        (loop (local.set 1 (i32.add (i32.rotl (local.get 1) (i32.const 3)) (local.get 2)))
          (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (i32.shr_s (i32.or (local.get 1) (i32.const 0x80000000)) (i32.const 1))))`;
    const testCase = { ...caseOf(text, [call(0, '00000064')]), fuel: 100_000 };
    const found = await locate(testCase, faultyEngine('i32.shr_s', 'i32.shr_u'), sound, limits);
    expect(found?.instruction).toBe('i32.shr_s');
  });
});
