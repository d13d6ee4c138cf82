/** Each instruction's typing rule, by modules that keep it and modules that break it. */
import { describe, expect, it } from 'vitest';
import { decodeModule } from '../decoder/index.ts';
import { parseModule } from '../text/index.ts';
import { validateModule } from './index.ts';

/** What the bodies below may use. */
const definitions = `
  (type $point (sub (struct (field i32) (field (mut i64)) (field i8))))
  (type $point3 (sub $point (struct (field i32) (field (mut i64)) (field i8) (field f32))))
  (type $strict (struct (field (ref any))))
  (type $bytes (array (mut i8)))
  (type $fixed (array i8))
  (type $words (array (mut i32)))
  (type $refs (array (mut anyref)))
  (type $void (func))
  (type $binary (func (param i32 i32) (result i32)))
  (type $pair (func (result i32 i64)))
  (import "" "f" (func $f (type $binary)))
  (memory $m 1) (memory $m64 i64 1)
  (table $t 1 funcref) (table $t64 i64 1 externref)
  (global $g (mut i32) (i32.const 0)) (global $c i32 (i32.const 0))
  (tag $e (param i32)) (tag $none)
  (elem $funcs func $f) (elem $externs externref (ref.null extern))
  (data $d "abc")
`;

/** `undefined` when a function of this signature and body is valid, else what is said about it. */
function problemOf(signature: string, body: string): string | undefined {
  const { bytes } = parseModule(`(module ${definitions} (func ${signature} ${body}))`);
  try {
    validateModule(decodeModule(bytes));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

type Valid = [name: string, signature: string, body: string];
type Invalid = [name: string, signature: string, body: string, message: string];

const valid: Valid[] = [
  ['an empty body', '', ''],
  ['operands in order', '(result i32)', 'i32.const 1 i32.const 2 i32.sub'],
  ['unreachable code of any type', '(result i32)', 'unreachable i32.add'],
  ['missing operands after br', '(result i32)', 'block br 0 drop drop end i32.const 1'],
  ['known operands after unreachable', '(result i64)', 'unreachable i32.const 1 select'],
  ['loop parameters at its label', '', 'i32.const 1 loop (param i32) i32.const 0 br_if 0 br 0 end'],
  ['block parameters', '(result i32)', 'i32.const 1 i32.const 2 block (param i32 i32) (result i32) i32.add end'],
  ['if without else that changes nothing', '(result i32)', 'i32.const 1 i32.const 0 if (param i32) (result i32) end'],
  ['br_table of one arity', '(result i32)', 'block (result i32) i32.const 1 i32.const 0 br_table 0 1 0 end'],
  ['br_table in unreachable code', '(result i32)', 'block (result i64) unreachable br_table 0 1 end drop i32.const 0'],
  ['a tail call', '(result i32)', 'i32.const 1 i32.const 2 return_call $f'],
  ['an indirect call', '(result i32)', 'i32.const 1 i32.const 2 i32.const 0 call_indirect $t (type $binary)'],
  ['call_ref', '(param (ref null $void))', 'local.get 0 call_ref $void'],
  [
    'typed select of references',
    '(param funcref) (result funcref)',
    'local.get 0 local.get 0 i32.const 0 select (result funcref)',
  ],
  ['select of vectors', '(param v128)', 'local.get 0 local.get 0 i32.const 0 select drop'],
  ['a non-null local set in time', '(param (ref any)) (local (ref any))', 'local.get 0 local.set 1 local.get 1 drop'],
  [
    'a non-null local set in its block',
    '(param (ref any)) (local (ref any))',
    'block local.get 0 local.tee 1 drop local.get 1 drop end',
  ],
  ['64-bit addresses', '(result i64)', 'i64.const 0 i64.load $m64 offset=0x1_0000_0000'],
  ['memory.copy between address types', '', 'i64.const 0 i32.const 0 i32.const 0 memory.copy $m64 $m'],
  ['memory.grow of 64-bit memory', '(result i64)', 'i64.const 0 memory.grow $m64'],
  ['table.fill of 64-bit table', '(param externref)', 'i64.const 0 local.get 0 i64.const 0 table.fill $t64'],
  ['table.init', '', 'i32.const 0 i32.const 0 i32.const 0 table.init $t $funcs'],
  ['ref.func in an element segment', '(result funcref)', 'ref.func $f'],
  ['ref.as_non_null of a bottom reference', '(result (ref any))', 'unreachable ref.as_non_null'],
  ['br_on_null', '(param anyref) (result (ref any))', 'block local.get 0 br_on_null 0 return end unreachable'],
  [
    'br_on_non_null',
    '(param anyref) (result (ref any))',
    'block (result (ref any)) local.get 0 br_on_non_null 0 unreachable end',
  ],
  [
    'br_on_cast',
    '(param anyref) (result i31ref)',
    'block (result i31ref) local.get 0 br_on_cast 0 anyref i31ref drop unreachable end',
  ],
  [
    'br_on_cast_fail',
    '(param anyref) (result anyref)',
    'block (result anyref) local.get 0 br_on_cast_fail 0 anyref (ref i31) drop unreachable end',
  ],
  ['ref.test of a concrete type', '(param anyref) (result i32)', 'local.get 0 ref.test (ref $point)'],
  ['struct.new', '(result (ref $point))', 'i32.const 1 i64.const 2 i32.const 3 struct.new $point'],
  ['a subtype where its supertype is expected', '(param (ref $point3)) (result (ref $point))', 'local.get 0'],
  ['struct.get_u of a packed field', '(param (ref null $point3)) (result i32)', 'local.get 0 struct.get_u $point 2'],
  ['array.new_fixed', '(result (ref $words))', 'i32.const 1 i32.const 2 array.new_fixed $words 2'],
  [
    'array.copy into a packed array',
    '(param (ref $bytes) (ref $fixed))',
    'local.get 0 i32.const 0 local.get 1 i32.const 0 i32.const 0 array.copy $bytes $fixed',
  ],
  [
    'array.init_data',
    '(param (ref $bytes))',
    'local.get 0 i32.const 0 i32.const 0 i32.const 0 array.init_data $bytes $d',
  ],
  ['extern.convert_any keeps nullability', '(param (ref any)) (result (ref extern))', 'local.get 0 extern.convert_any'],
  ['throw', '', 'i32.const 1 throw $e'],
  ['try_table', '(result i32)', 'block (result i32) try_table (catch $e 0) end i32.const 0 end'],
  ['catch_all_ref', '(result exnref)', 'block (result exnref) try_table (catch_all_ref 0) end unreachable end'],
  ['legacy try', '(result i32)', 'try (result i32) i32.const 1 catch $e catch_all i32.const 2 end'],
  ['legacy rethrow', '', 'try catch $e drop block rethrow 1 end end'],
  ['legacy delegate to the caller', '', 'try delegate 0'],
  [
    'shuffle',
    '(param v128) (result v128)',
    'local.get 0 local.get 0 i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31',
  ],
  ['an atomic at its alignment', '(result i32)', 'i32.const 0 i32.atomic.load16_u $m align=2'],
  ['wide arithmetic', '(result i64 i64)', 'i64.const 1 i64.const 2 i64.const 3 i64.const 4 i64.add128'],
];

const invalid: Invalid[] = [
  [
    'an operand too few',
    '',
    'i32.const 1 i32.add drop',
    'type mismatch: instruction requires [i32 i32] but stack has [i32], in i32.add',
  ],
  [
    'an operand of another type',
    '',
    'i32.const 1 f64.const 1 i32.add drop',
    'type mismatch: instruction requires [i32 i32] but stack has [i32 f64], in i32.add',
  ],
  [
    'an operand of an outer block',
    '',
    'i32.const 1 block drop end',
    'type mismatch: instruction requires an operand but stack has [], in drop',
  ],
  ['values left', '', 'i32.const 1', 'type mismatch: block requires [] but stack has [i32], in end'],
  [
    'values left in a block',
    '(result i32)',
    'block (result i32) i64.const 1 i32.const 1 end',
    'type mismatch: block requires [i32] but stack has [i64 i32], in end',
  ],
  [
    'a wrong type in unreachable code',
    '',
    'unreachable i64.const 1 i32.const 1 i32.add drop',
    'type mismatch: instruction requires [i32 i32] but stack has [i64 i32], in i32.add',
  ],
  [
    'if without else that changes types',
    '(result i32)',
    'i32.const 1 if (result i32) i32.const 1 end',
    'type mismatch: an if without else must leave what it takes, [], not [i32]',
  ],
  [
    'else of another type',
    '(result i32)',
    'i32.const 1 if (result i32) i32.const 1 else i64.const 1 end',
    'type mismatch',
  ],
  ['an unknown label', '', 'br 2', 'unknown label 2: 1 are in scope'],
  [
    'br_table of two arities',
    '',
    'block (result i32) i32.const 1 i32.const 0 br_table 0 1 end drop',
    'type mismatch: labels of br_table',
  ],
  ['an unknown local', '(param i32)', 'local.get 3 drop', 'unknown local 3: the function has 1'],
  [
    'a local without a value',
    '(local (ref any))',
    'local.get 0 drop',
    'uninitialized local 0: (ref any) has no default value',
  ],
  [
    'a local set in a block that has ended',
    '(param (ref any)) (local (ref any))',
    'block local.get 0 local.set 1 end local.get 1 drop',
    'uninitialized local 1',
  ],
  [
    'a local set in the other arm',
    '(param (ref any)) (local (ref any))',
    'i32.const 0 if local.get 0 local.set 1 else local.get 1 drop end',
    'uninitialized local 1',
  ],
  ['an unknown global', '', 'global.get 9 drop', 'unknown global 9'],
  ['setting a constant', '', 'i32.const 1 global.set $c', 'immutable global 1'],
  ['an unknown function', '', 'call 77', 'unknown function 77'],
  [
    'an indirect call through externs',
    '',
    'i64.const 0 call_indirect $t64 (type $void)',
    'type mismatch: call_indirect needs functions, table 1 holds externref',
  ],
  [
    'a tail call of other results',
    '',
    'i32.const 1 i32.const 2 return_call $f',
    'type mismatch: return_call returns [i32] from a function of []',
  ],
  [
    'untyped select of references',
    '(param funcref)',
    'local.get 0 local.get 0 i32.const 0 select drop',
    'type mismatch: select without a type',
  ],
  [
    'select of two types',
    '',
    'i32.const 0 i64.const 0 i32.const 0 select drop',
    'type mismatch: select expects operands of one type, found [i32 i64]',
  ],
  ['select of two results', '', 'unreachable select (result i32 i32)', 'invalid result arity'],
  [
    'too large an alignment',
    '',
    'i32.const 0 i32.load align=8 drop',
    'alignment must not be larger than natural: 2^3, natural is 2^2',
  ],
  [
    'an unaligned atomic',
    '',
    'i32.const 0 i32.atomic.load align=2 drop',
    'atomic alignment must be natural: 2^1, natural is 2^2',
  ],
  ['too large an offset', '', 'i32.const 0 i32.load offset=0x1_0000_0000 drop', 'offset out of range'],
  [
    'a 32-bit address in 64-bit memory',
    '',
    'i32.const 0 i32.load $m64 drop',
    'type mismatch: instruction requires [i64] but stack has [i32], in i32.load',
  ],
  ['an unknown memory', '', 'i32.const 0 i32.load 7 drop', 'unknown memory 7'],
  ['an unknown table', '', 'table.size 7 drop', 'unknown table 7'],
  ['an unknown elem segment', '', 'elem.drop 7', 'unknown elem segment 7'],
  ['an unknown data segment', '', 'data.drop 7', 'unknown data segment 7'],
  [
    'a lane out of range',
    '(param v128)',
    'local.get 0 i32x4.extract_lane 4 drop',
    'invalid lane index 4: i32x4.extract_lane has 4 lanes',
  ],
  [
    'a lane of a load out of range',
    '(param v128)',
    'i32.const 0 local.get 0 v128.load64_lane 2 drop',
    'invalid lane index 2',
  ],
  [
    'a shuffled lane out of range',
    '(param v128)',
    'local.get 0 local.get 0 i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 32 drop',
    'invalid lane index 32',
  ],
  [
    'table.copy of other elements',
    '',
    'i32.const 0 i64.const 0 i32.const 0 table.copy $t $t64',
    'type mismatch: table.copy copies externref into funcref',
  ],
  [
    'table.init of other elements',
    '',
    'i32.const 0 i32.const 0 i32.const 0 table.init $t $externs',
    'type mismatch: table.init copies externref into funcref',
  ],
  [
    'ref.is_null of a number',
    '',
    'i32.const 0 ref.is_null drop',
    'type mismatch: instruction requires a reference but stack has [i32], in ref.is_null',
  ],
  [
    'a bottom reference as a number',
    '',
    'unreachable ref.as_non_null i32.eqz drop',
    'type mismatch: instruction requires [i32] but stack has [(ref bot)], in i32.eqz',
  ],
  ['a null type unknown', '', 'ref.null 99 drop', 'unknown type 99'],
  ['a function reference undeclared', '', 'ref.func 1 drop', 'undeclared function reference: function 1'],
  [
    'a cast across hierarchies',
    '(param funcref)',
    'local.get 0 ref.test (ref any) drop',
    'type mismatch: instruction requires [anyref] but stack has [funcref], in ref.test',
  ],
  [
    'br_on_cast to no subtype',
    '(param i31ref)',
    'block (result anyref) local.get 0 br_on_cast 0 i31ref anyref end drop',
    'type mismatch: br_on_cast casts i31ref to anyref',
  ],
  [
    'br_on_non_null to a label without operands',
    '(param anyref)',
    'block local.get 0 br_on_non_null 0 end',
    'type mismatch: br_on_non_null needs a label that takes a reference',
  ],
  [
    'struct.new of an array type',
    '',
    'struct.new $bytes drop',
    'type mismatch: struct.new needs a struct type, type 3 is of kind array',
  ],
  ['array.new of an unknown type', '', 'array.new_default 99 drop', 'unknown type 99'],
  ['an unknown field', '(param (ref $point))', 'local.get 0 struct.get $point 3 drop', 'unknown field 3 of type 0'],
  [
    'struct.get of a packed field',
    '(param (ref $point))',
    'local.get 0 struct.get $point 2 drop',
    'type mismatch: struct.get reads unpacked fields, not i8',
  ],
  [
    'struct.get_s of an unpacked field',
    '(param (ref $point))',
    'local.get 0 struct.get_s $point 0 drop',
    'type mismatch: struct.get_s reads packed fields, not i32',
  ],
  [
    'setting an immutable field',
    '(param (ref $point))',
    'local.get 0 i32.const 0 struct.set $point 0',
    'immutable field 0 of type 0',
  ],
  [
    'default values of non-null references',
    '',
    'struct.new_default $strict drop',
    'type mismatch: struct.new_default needs default values, (ref any) has none',
  ],
  [
    'setting an immutable array',
    '(param (ref $fixed))',
    'local.get 0 i32.const 0 i32.const 0 array.set $fixed',
    'immutable array',
  ],
  [
    'array.copy of other elements',
    '(param (ref $bytes) (ref $words))',
    'local.get 0 i32.const 0 local.get 1 i32.const 0 i32.const 0 array.copy $bytes $words',
    'array types do not match',
  ],
  [
    'data into an array of references',
    '',
    'i32.const 0 i32.const 0 array.new_data $refs $d drop',
    'array type is not numeric or vector',
  ],
  [
    'too long an array.new_fixed',
    '',
    'unreachable array.new_fixed $words 10001 drop',
    'array.new_fixed of 10001 operands exceeds the limit',
  ],
  ['an unknown tag', '', 'throw 9', 'unknown tag 9'],
  [
    'a payload of another type',
    '',
    'i64.const 0 throw $e',
    'type mismatch: instruction requires [i32] but stack has [i64], in throw',
  ],
  [
    'a catch clause to another type',
    '',
    'block try_table (catch $e 0) end end',
    'type mismatch: catch passes [i32] to label 0, which takes []',
  ],
  [
    'a catch label counted from inside',
    '',
    'block try_table (result i32) (catch $e 0) i32.const 1 end drop end',
    'type mismatch: catch passes [i32]',
  ],
  ['rethrow outside of a catch', '', 'block rethrow 0 end', 'invalid rethrow label 0'],
  ['delegate to an unknown label', '', 'try delegate 1', 'unknown label 1'],
  ['wide arithmetic of i32', '', 'i32.const 1 i64.const 1 i64.mul_wide_s drop drop', 'type mismatch'],
];

describe('rules of instructions', () => {
  it.each(valid)('accept %s', (_name, signature, body) => {
    expect(problemOf(signature, body)).toBeUndefined();
  });

  it.each(invalid)('reject %s', (_name, signature, body, message) => {
    expect(problemOf(signature, body)?.slice(0, message.length)).toBe(message);
  });
});
