/** Modules around the heap: structures and arrays of every width, segments, casts between all kinds of references. */
import type { Random } from '../random.ts';

/** Storage types with the value type that they have on the stack. */
const arrays = [
  ['bytes', 'i8', 'i32'],
  ['shorts', 'i16', 'i32'],
  ['words', 'i32', 'i32'],
  ['longs', 'i64', 'i64'],
  ['floats', 'f32', 'f32'],
  ['doubles', 'f64', 'f64'],
  ['vectors', 'v128', 'v128'],
] as const;

const fields = [
  ['i8', 'i32', 'i8'],
  ['i16', 'i32', 'i16'],
  ['i32', 'i32', 'i32'],
  ['i64', 'i64', 'i64'],
  ['f32', 'f32', 'f32'],
  ['f64', 'f64', 'f64'],
  ['v128', 'v128', 'v128'],
] as const;

const small = (i: number, mask: number) => `(i32.and (local.get ${i}) (i32.const ${mask}))`;
const isPacked = (storage: string) => storage === 'i8' || storage === 'i16';

/** Up to the length, and a bit beyond. */
function index(i: number, random: Random): string {
  return random.pick([small(i, 3), small(i, 7), `(i32.sub (array.len (local.get $a)) ${small(i, 3)})`, small(i, 3)]);
}

/** Functions on one array; local \`$a\` is an array of eight, filled with what follows from the arguments. */
function arrayFunctions([name, storage, type]: (typeof arrays)[number], random: Random): string {
  const get = isPacked(storage) ? random.pick(['array.get_s', 'array.get_u']) : 'array.get';
  const params = `(param i32 i32 i32 ${type} ${type})`;
  const make = random.pick([
    `(array.new $${name} (local.get 3) (i32.const 8))`,
    `(array.new_fixed $${name} 5 (local.get 3) (local.get 4) (local.get 3) (local.get 4) (local.get 3))`,
    `(array.new_default $${name} (i32.const 6))`,
  ]);
  const elements = [0, 1, 2, 3, 4].map((i) => `(${get} $${name} (local.get $a) (i32.const ${i}))`).join(' ');
  const results = `(result ${`${type} `.repeat(5)})`;
  const start = `(local $a (ref null $${name})) (local.set $a ${make})
    (array.set $${name} (local.get $a) (i32.const 1) (local.get 4))`;
  const data = `
  (func ${params} (result ${type} i32) (local $a (ref null $${name}))
    (local.set $a (array.new_data $${name} $bytes ${small(0, 15)} ${small(1, 7)}))
    (${get} $${name} (local.get $a) ${small(2, 3)}) (array.len (local.get $a)))
  (func ${params} ${results} ${start}
    (array.init_data $${name} $bytes (local.get $a) ${small(0, 3)} ${small(1, 15)} ${small(2, 3)}) ${elements})`;
  return `
  (func ${params} ${results} ${start}
    (array.copy $${name} $${name} (local.get $a) ${small(0, 3)} (local.get $a) ${small(1, 3)} ${small(2, 3)}) ${elements})
  (func ${params} ${results} ${start}
    (array.fill $${name} (local.get $a) ${index(0, random)} (local.get 4) ${small(2, 3)}) ${elements})
  (func ${params} (result ${type}) ${start} (${get} $${name} (local.get $a) ${index(0, random)}))
  (func ${params} ${results} ${start} (array.set $${name} (local.get $a) ${index(0, random)} (local.get 3)) ${elements})
  (func ${params} (result i32) (array.len (array.new_default $${name} ${small(0, 31)})))
  (func (param i32) (result ${type}) (${get} $${name} (select (result (ref null $${name})) (ref.null $${name})
    (array.new_default $${name} (i32.const 1)) (local.get 0)) (i32.const 0)))${data}`;
}

const fieldList = fields.map(([, , storage]) => `(field (mut ${storage}))`).join(' ');

const everyParam = `(param i32 i32 i32 i64 f32 f64 v128)`;
const everyArgument =
  '(local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6)';

function structFunctions(random: Random): string {
  const at = random.below(fields.length);
  const [, type] = fields[at]!;
  const get = (field: number) =>
    isPacked(fields[field]![2]) ? random.pick(['struct.get_s', 'struct.get_u']) : 'struct.get';
  const all = fields.map((_, i) => `(${get(i)} $base ${i} (local.get $s))`).join(' ');
  const results = `(result ${fields.map(([, each]) => each).join(' ')})`;
  return `
  (func ${everyParam} ${results} (local $s (ref null $base))
    (local.set $s (struct.new $base ${everyArgument} (ref.null any))) ${all})
  (func ${everyParam} (param ${type}) ${results} (local $s (ref null $base))
    (local.set $s (struct.new_default $base)) (struct.set $base ${at} (local.get $s) (local.get 7)) ${all})
  (func ${everyParam} (param ${type}) ${results} (local $s (ref null $base))
    (local.set $s (struct.new $base ${everyArgument} (ref.i31 (i32.const 3))))
    (struct.set $base ${at} (local.get $s) (local.get 7)) ${all})
  (func (param i32) (result ${type}) (${get(at)} $base ${at}
    (select (result (ref null $base)) (ref.null $base) (struct.new_default $${random.pick(['base', 'middle', 'low'])}) (local.get 0))))
  (func (param i32 ${type}) (struct.set $base ${at}
    (select (result (ref null $base)) (ref.null $base) (struct.new_default $base) (local.get 0)) (local.get 1)))
`;
}

/** Types to test for and cast to. */
const targets = [
  ...['any', 'eq', 'i31', 'struct', 'array', 'none', '$base', '$middle', '$low', '$other', '$bytes', '$refs'],
] as const;

function castFunctions(random: Random): string {
  const target = () => `(ref ${random.pick(['', 'null '])}${random.pick(targets)})`;
  const branch = () => {
    const to = target();
    const name = random.pick(['br_on_cast', 'br_on_cast_fail']);
    return `
  (func (param i32) (result i32)
    (block $b (result anyref) (${name} $b anyref ${to} (call $any (local.get 0))) (drop) (return (i32.const 5)))
    (drop) (i32.const 6))`;
  };
  return `
  (func $any (param i32) (result anyref)
    (block $i31 (block $base (block $middle (block $low (block $other (block $bytes (block $refs (block $null
      (br_table $null $i31 $base $middle $low $other $bytes $refs ${small(0, 7)}))
      (return (ref.null any))) (return (array.new_default $refs (i32.const 2)))) (return (array.new_default $bytes (i32.const 3))))
      (return (struct.new_default $other))) (return (struct.new_default $low))) (return (struct.new_default $middle)))
      (return (struct.new_default $base))) (ref.i31 (local.get 0)))
  ${Array.from({ length: 3 }, () => `(func (param i32) (result i32) (ref.test ${target()} (call $any (local.get 0))))`).join('\n  ')}
  ${Array.from({ length: 2 }, () => `(func (param i32) (result i32) (ref.is_null (ref.cast ${target()} (call $any (local.get 0)))))`).join('\n  ')}
  ${branch()} ${branch()}
  (func (param i32) (result i32) (ref.is_null (ref.as_non_null (call $any (local.get 0)))))
  (func (param i32 i32) (result i32)
    (ref.eq (ref.cast eqref (call $any (local.get 0))) (ref.cast eqref (call $any (local.get 1)))))
  (func (param i32) (result i32)
    (ref.test (ref ${random.pick(targets)}) (any.convert_extern (extern.convert_any (call $any (local.get 0))))))
  (func (param i32) (result i32 i32) (i31.get_s (ref.i31 (local.get 0))) (i31.get_u (ref.i31 (local.get 0))))
  (func (param i32) (result i32) (ref.eq (ref.i31 (local.get 0)) (ref.i31 (i32.and (local.get 0) (i32.const 0x7fffffff)))))
  (func (param i32) (result i32) (i31.get_s (select (result i31ref) (ref.null i31) (ref.i31 (local.get 0)) ${small(0, 1)})))`;
}

/** Arrays of references: what is null in them, and what is not. */
const referenceFunctions = `
  (func (param i32 i32 i32) (result i32 i32 i32 i32) (local $a (ref null $refs))
    (local.set $a (array.new_fixed $refs 6 (ref.null any) (ref.i31 (i32.const 1)) (ref.null any) (ref.i31 (i32.const 2))
      (struct.new_default $base) (ref.null any)))
    (array.copy $refs $refs (local.get $a) ${small(0, 3)} (local.get $a) ${small(1, 3)} ${small(2, 3)})
    (ref.is_null (array.get $refs (local.get $a) (i32.const 1))) (ref.is_null (array.get $refs (local.get $a) (i32.const 2)))
    (ref.is_null (array.get $refs (local.get $a) (i32.const 3))) (ref.is_null (array.get $refs (local.get $a) (i32.const 4))))
  (func (param i32 i32 i32) (result i32 i32 i32) (local $a (ref null $refs))
    (local.set $a (array.new_default $refs (i32.const 5)))
    (array.init_elem $refs $some (local.get $a) ${small(0, 3)} ${small(1, 3)} ${small(2, 3)})
    (ref.is_null (array.get $refs (local.get $a) (i32.const 1))) (ref.is_null (array.get $refs (local.get $a) (i32.const 2)))
    (ref.test (ref i31) (array.get $refs (local.get $a) (i32.const 3))))
  (func (param i32 i32) (result i32 i32) (local $a (ref null $refs))
    (local.set $a (array.new_elem $refs $some ${small(0, 3)} ${small(1, 3)}))
    (array.len (local.get $a)) (ref.is_null (array.get $refs (local.get $a) (i32.const 0))))
  (func (param i32) (result i32) (local $a (ref null $refs))
    (local.set $a (array.new $refs (ref.i31 (local.get 0)) ${small(0, 7)}))
    (array.fill $refs (local.get $a) (i32.const 1) (ref.null any) ${small(0, 3)})
    (i32.add (ref.is_null (array.get $refs (local.get $a) (i32.const 1))) (ref.is_null (array.get $refs (local.get $a) (i32.const 2)))))`;

export function heapTheme(random: Random): string {
  const [first, second] = [random.pick(arrays), random.pick(arrays)];
  return `
  (type $base (sub (struct ${fieldList} (field (mut anyref)))))
  (type $middle (sub $base (struct ${fieldList} (field (mut anyref)) (field i32))))
  (type $low (sub final $middle (struct ${fieldList} (field (mut anyref)) (field i32) (field i64))))
  (type $other (struct (field i32)))
  ${arrays.map(([name, storage]) => `(type $${name} (array (mut ${storage})))`).join(' ')}
  (type $refs (array (mut anyref)))
  (data $bytes "\\00\\80\\ff\\7f\\01\\02\\03\\04\\05\\06\\f0\\3f\\fe\\ff\\ff\\ff\\80\\80\\90\\a0\\b0\\c0\\d0\\e0")
  (elem $some anyref (item ref.null any) (item (ref.i31 (i32.const 7))) (item (struct.new_default $base)) (item ref.null any))
  ${random.below(2) === 0 ? arrayFunctions(first, random) : structFunctions(random)}
  ${random.below(2) === 0 ? arrayFunctions(second, random) : castFunctions(random)}
  ${random.below(2) === 0 ? referenceFunctions : castFunctionsOnce(random)}`;
}

/** A module names its functions once. */
function castFunctionsOnce(random: Random): string {
  return castFunctions(random).replaceAll('$any', '$any2');
}
