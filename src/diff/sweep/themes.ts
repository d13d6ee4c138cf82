/**
 * Modules around what belongs together: branches with operands, bulk operations, several memories and tables, atomic
 * accesses, exceptions, the heap, function references. Each is a text with places that a seed fills in; what a call
 * does follows from its arguments too, which are brought to where something ends or begins.
 */
import { parseModule } from '../../text/index.ts';
import type { Profile } from '../case.ts';
import type { Random } from '../random.ts';
import { heapTheme } from './heap-theme.ts';

/**
 * The fields of a module, with choices by the seed. Each field that is a function without a name begins a line: a
 * module gets only some of them.
 */
export type Theme = (random: Random) => string;

/** Functions without names in one module. Many small modules differ in more than few large ones. */
export const THEME_FUNCTIONS = 4;

/** Of so many seeds one is a theme's, or all others are where there are many themes. */
const THEME_RATE = 3;

/** The module of a seed that is a theme's. */
export function themeModule(seed: number, profile: Profile, random: Random): Uint8Array | undefined {
  const themes = themesOf(profile);
  const [round, place] = [Math.floor(seed / THEME_RATE), seed % THEME_RATE];
  const isMany = themes.length > 2 * THEME_RATE;
  if ((place === 0) === isMany) return undefined;
  const ordinal = isMany ? round * (THEME_RATE - 1) + place - 1 : round;
  return parseModule(someFunctions(themes[ordinal % themes.length]!(random), random)).bytes;
}

/** A module of all fields with a name and of some functions without, which come last. */
function someFunctions(fields: string, random: Random): string {
  const lines = fields.split(/\n {2}(?=\()/);
  const isNameless = (line: string) => line.startsWith('(func (');
  const nameless = lines.filter(isNameless);
  while (nameless.length > THEME_FUNCTIONS) nameless.splice(random.below(nameless.length), 1);
  return `(module ${[...lines.filter((line) => !isNameless(line)), ...nameless].join('\n  ')})`;
}

const hex = (random: Random, digits: number) =>
  Array.from({ length: digits }, () => random.below(16).toString(16)).join('');
const i64Const = (random: Random) =>
  `(i64.const 0x${random.pick(['', 'ffffffff', '80000000', '7fffffff', hex(random, 8)])}${hex(random, 8)})`;

// Control.

/** Values of every width that blocks, branches and calls carry. */
const packs: readonly (readonly string[])[] = [
  ['i64'],
  ['i32', 'v128', 'i64'],
  ['f32', 'i64'],
  ['v128', 'v128', 'i32'],
  ['f64', 'funcref', 'i32'],
];

/** Functions of one pack: its values are parameters 1 and up, parameter 0 says where to go. */
function carrying(pack: readonly string[], random: Random): string {
  const results = `(result ${pack.join(' ')})`;
  const params = `(param i32 ${pack.join(' ')})`;
  const push = pack.map((_, i) => `(local.get ${i + 1})`).join(' ');
  const below = random.pick(['', '(i32.const 5)', '(i64.const 6) (f32.const 7)', '(local.get 0)']);
  const drops =
    below === ''
      ? ''
      : `${pack.map((_, i) => `(local.set ${pack.length - i})`).join(' ')} ${below
          .split(') (')
          .map(() => 'drop')
          .join(' ')} ${push}`;
  const bit = (n: number) => `(i32.and (local.get 0) (i32.const ${n}))`;
  const isAgain = `(i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 3))`;
  return `
  (func ${params} ${results} (local $n i32) ${push}
    (loop (param ${pack.join(' ')}) ${results}
      ${pack.map((_, i) => `(local.set ${pack.length - i})`).join(' ')} ${below} ${push}
      ${random.pick([`(br_if 0 ${isAgain}) ${drops || 'nop'}`, `(br_table 1 0 1 ${isAgain})`])}))
  (func ${params} ${results}
    (block ${results} ${below} ${push} (br_if 0 ${bit(1)}) ${drops || 'nop'}))
  (func ${params} ${results}
    (block ${results}
      (block ${results}
        (block ${results} ${below} ${push} (br_table 0 2 1 0 3 ${bit(7)}))
        (local.set 0 (i32.const 8)) (br 1))
      (local.set 0 (i32.const 9)))
    (if ${bit(8)} (then (call $note (local.get 0)))))
  (func ${params} ${results} ${below} ${push} ${random.pick(['return', '(br 0)', `(br_if 0 ${bit(1)})`, ''])}
    ${below === '' ? '' : '(return)'})
  (func $callee${pack.length}${pack[0]} ${params} ${results} ${push})
  (func ${params} ${results} (local.get 0) ${push} (${random.pick(['return_call', 'call'])} $callee${pack.length}${pack[0]}))`;
}

const control: Theme = (random) => {
  const constant = i64Const(random);
  const type = random.pick(['i32', 'i64', 'f32', 'f64'] as const);
  return `
  (type $unary (func (param i32) (result i32)))
  (type $binary (func (param i32 i32) (result i32)))
  (table 8 16 funcref) (elem (i32.const 0) $inc $double $sub $inc $sub $double)
  (global $noted (mut i32) (i32.const 0))
  (func $note (param i32) (global.set $noted (local.get 0)))
  (func $inc (type $unary) (i32.add (local.get 0) (i32.const 1)))
  (func $double (type $unary) (i32.shl (local.get 0) (i32.const 1)))
  (func $sub (type $binary) (i32.sub (local.get 0) (local.get 1)))
  ${carrying(random.pick(packs), random)}
  (func (param i32 i64) (result i64)
    (block (result i64) (i64.const 5) (local.get 1) (br_if 0 (i32.and (local.get 0) (i32.const 1))) (i64.sub)))
  (func (param i32 i64) (result i64)
    (block (result i64)
      (block (result i64) (i64.const 1) (local.get 1) (br_table 0 1 0 2 1 (i32.and (local.get 0) (i32.const 7))))
      (i64.add (i64.const 100))))
  (func (param i32) (result i32)
    (block (block (block (block (br_table 0 1 2 3 (local.get 0))) (return (i32.const 10))) (return (i32.const 11)))
      (return (i32.const 12))) (i32.const 13))
  (func (param i32 i64) (result i64) (local $n i32) (local $sum i64)
    (i32.and (local.get 0) (i32.const 7)) (local.get 1)
    (loop (param i32 i64) (result i64)
      (local.set $sum) (local.set $n)
      (i32.sub (local.get $n) (i32.const 1))
      (i64.rotl (i64.add (local.get $sum) (local.get 1)) (i64.const 7))
      (br_if 0 (i32.gt_s (local.get $n) (i32.const 1)))
      (local.set $sum) drop (local.get $sum)))
  (func (param ${type} ${type} i32) (result ${type})
    (local.get 0) (local.set 0 (local.get 1)) (local.get 0) (${type}.sub))
  (func (param ${type} ${type}) (result ${type} ${type})
    (local.get 0) (local.tee 0 (${type}.add (local.get 0) (local.get 1))) (local.set 1) (local.get 0))
  (func (param i64) (result i64) (local i64)
    (local.set 1 ${constant}) (i64.xor (local.get 1) (local.get 0)))
  (func (param i32) (result i32)
    (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2))))
  (func $dirty (param i32 i64 v128) (result i32) (local v128 v128)
    (local.set 3 (local.get 2)) (local.set 4 (v128.not (local.get 2))) (i32.add (local.get 0) (i32.const 1)))
  (func $clean (param i32) (result i32 i64 f64) (local i32 i64 f64 v128) (local.get 1) (local.get 2) (local.get 3))
  (func (param i32 i64 v128) (result i32 i64 f64)
    (drop (call $dirty (local.get 0) (local.get 1) (local.get 2))) (call $clean (local.get 0)))
  (func (param i32 i32) (result i32)
    (call_indirect (type $unary) (local.get 0) (i32.and (local.get 1) (i32.const 7))))
  (func (param i32 i32) (result i32)
    (return_call_indirect (type $unary) (local.get 0) (i32.and (local.get 1) (i32.const 7))))
  (func (param i32 i32 i32) (result i32)
    (return_call_indirect (type $binary) (local.get 0) (local.get 1) (i32.and (local.get 2) (i32.const 7))))
  (func (param i32 i32 i32) (result i32)
    (call_indirect (type $binary) (local.get 0) (local.get 1)
      (i32.add (i32.and (local.get 2) (i32.const 3)) (i32.const ${random.below(6)}))))
  (func (param i32 i32) (result i32) (return_call $sub (local.get 0) (local.get 1)))`;
};

// Memory and tables.

/** An operand at the start, around the end at \`end\`, or anything, from parameter \`i\`. */
function edge(i: number, end: string, random: Random): string {
  const choice = random.below(6);
  if (choice < 2) return `(i32.and (local.get ${i}) (i32.const 7))`;
  if (choice < 5) return `(i32.sub ${end} (i32.and (local.get ${i}) (i32.const 3)))`;
  return `(local.get ${i})`;
}

const memorySize = '(i32.shl (memory.size) (i32.const 16))';
const small = (i: number, mask = 7) => `(i32.and (local.get ${i}) (i32.const ${mask}))`;

const storage: Theme = (random) => {
  const tableEdge = (i: number, table = '$t') => edge(i, `(table.size ${table})`, random);
  const memoryEdge = (i: number) => edge(i, memorySize, random);
  const func = random.pick(['$f', '$g']);
  return `
  (memory 1 2)
  (table $t 10 14 funcref) (table $x 6 9 funcref)
  (elem $active (table $t) (i32.const 1) func $f $g $f $g)
  (elem $other (table $x) (i32.const 0) func $g $f)
  (elem $passive funcref (ref.func $g) (ref.null func) (ref.func $f) (ref.func $g)) (elem $spare func $f $g $g)
  (data $first (i32.const 8) "abcdefgh") (data $second (i32.const 12) "ABCDEFGH")
  (data $passive "0123456789ABCDEF") (data $spare "\\80\\ff\\01\\7f")
  (global $i32 (mut i32) (i32.const 0)) (global $i64 (mut i64) (i64.const 0)) (global $f64 (mut f64) (f64.const 0))
  (global $v128 (mut v128) (v128.const i32x4 0 0 0 0)) (global $ref (mut funcref) (ref.null func))
  (func $f (result i32) (i32.const 1)) (func $g (result i32) (i32.const 2))
  (func (param i32 i32 i32) (memory.fill ${memoryEdge(0)} (local.get 1) ${small(2, 3)}))
  (func (param i32 i32) (memory.fill ${memorySize} (local.get 0) ${small(1, 1)}))
  (func (param i32 i32 i32) (memory.copy ${small(0, 15)} ${small(1, 15)} ${small(2, 15)}))
  (func (param i32 i32 i32) (memory.copy ${memoryEdge(0)} ${memoryEdge(1)} ${small(2, 3)}))
  (func (param i32 i32 i32) (memory.init $passive ${memoryEdge(0)} ${small(1, 15)} ${small(2, 3)}))
  (func (param i32 i32 i32) (memory.init $passive ${small(0, 63)} ${edge(1, '(i32.const 16)', random)} ${small(2, 3)}))
  (func (param i32) (memory.init $first (i32.const 64) (i32.const 0) ${small(0, 1)}))
  (func (param i32) (result i32 i32) (i32.store (i32.const 20) (local.get 0)) (memory.grow ${small(0, 3)}) (memory.size))
  (func (param i32) (result i32) (memory.grow (local.get 0)))
  (func (param i32) (result i32) (table.get $t ${tableEdge(0)}) ref.is_null)
  (func (param i32 i32) (table.set $t ${tableEdge(0)} (table.get $t ${small(1)})))
  (func (param i32 i32) (table.set $x ${small(0, 3)} (select (result funcref) (ref.null func) (ref.func ${func}) (local.get 1))))
  (func (param i32) (result i32) (call_indirect (result i32) ${tableEdge(0)}))
  (func (param i32) (result i32) (call_indirect $x (result i32) ${tableEdge(0, '$x')}))
  (func (param i32) (result i32 i32 i32)
    (table.grow $t (ref.func ${func}) ${small(0, 3)}) (table.size $t)
    (ref.is_null (table.get $t (i32.sub (table.size $t) (i32.const 1)))))
  (func (param i32) (result i32 i32) (table.grow $x (ref.null func) ${small(0, 3)}) (table.size $x))
  (func (param i32 i32 i32) (table.fill $t ${tableEdge(0)}
    (select (result funcref) (ref.null func) (ref.func ${func}) (local.get 1)) ${small(2, 3)}))
  (func (param i32 i32 i32) (table.copy $t $t ${small(0)} ${small(1)} ${small(2)}))
  (func (param i32 i32 i32) (table.copy $${random.pick(['t $x', 'x $t', 't $t'])} ${tableEdge(0)} ${tableEdge(1)} ${small(2, 3)}))
  (func (param i32 i32 i32) (table.init $t $passive ${tableEdge(0)} ${small(1, 3)} ${small(2, 3)}))
  (func (param i32 i32 i32) (table.init $x $spare ${small(0, 3)} ${edge(1, '(i32.const 3)', random)} ${small(2, 3)}))
  (func (param i32 i64) (global.set $i32 (local.get 0)) (global.set $i64 (local.get 1)))
  (func (param f64 v128) (global.set $f64 (local.get 0)) (global.set $v128 (local.get 1)))
  (func (result i32 i64 f64 v128) (global.get $i32) (global.get $i64) (global.get $f64) (global.get $v128))
  (func (param i32) (result i32)
    (global.set $ref (select (result funcref) (ref.null func) (ref.func ${func}) (local.get 0)))
    (ref.is_null (global.get $ref)))
  (func (param i64 i64 v128 v128 i32) (result i64 v128)
    (select (local.get 0) (local.get 1) (local.get 4)) (select (local.get 2) (local.get 3) (local.get 4)))
  (func (param i32) (if ${small(0, 1)} (then (data.drop $${random.pick(['passive', 'spare'])}))))
  (func (param i32) (memory.init $spare (i32.const 70) (i32.const 1) ${small(0, 3)}))
  (func (param i32) (if ${small(0, 1)} (then (elem.drop $${random.pick(['passive', 'spare'])})))
    (table.init $t $spare (i32.const 0) (i32.const 1) ${small(0, 1)}))`;
};

// Atomic accesses.

const widths = ['', '8', '16', '32'] as const;
const rmwOperators = ['add', 'sub', 'and', 'or', 'xor', 'xchg'] as const;

function atomicFunction(random: Random): string {
  const type = random.pick(['i32', 'i64'] as const);
  const width = random.pick(type === 'i32' ? widths.slice(0, 3) : widths);
  const suffix = width === '' ? '' : '_u';
  const bytes = width === '' ? (type === 'i32' ? 4 : 8) : Number(width) / 8;
  const address = random.below(4) === 0 ? small(0, 31) : `(i32.and (local.get 0) (i32.const ${32 - bytes}))`;
  const offset = random.pick(['', '', ` offset=${bytes}`, ' offset=65528', ' offset=1']);
  const load = `(${type}.atomic.load${width}${suffix}${offset} ${address})`;
  const high = `(${type}.and (local.get 1) (${type}.const ${width === '8' ? '0x100' : '0x70000'}))`;
  const operation = random.pick([
    `(${type}.atomic.rmw${width}.${random.pick(rmwOperators)}${suffix}${offset} ${address} (local.get 1))`,
    `(${type}.atomic.rmw${width}.cmpxchg${suffix}${offset} ${address} (local.get 1) (local.get 2))`,
    `(${type}.atomic.rmw${width}.cmpxchg${suffix}${offset} ${address} (${type}.or ${load} ${high}) (local.get 2))`,
    `(${type}.atomic.rmw${width}.cmpxchg${suffix}${offset} ${address} ${load} (local.get 2))`,
    load,
  ]);
  const store = `(${type}.atomic.store${width}${offset} ${address} (local.get 1))`;
  return `(func (param i32 ${type} ${type}) (result ${type}) ${random.pick([store, '', ''])} ${operation})`;
}

const atomics: Theme = (random) => `
  (memory 1 1) (data (i32.const 0) "\\80\\ff\\01\\7f\\ff\\ff\\ff\\ff\\00\\00\\00\\80\\ff\\00\\ff\\80")
  ${Array.from({ length: 16 }, () => atomicFunction(random)).join('\n  ')}`;

// Exceptions.

const throwing = `
  (tag $pair (param i32 i64)) (tag $one (param i32)) (tag $none) (tag $other (param i32 i64))
  (func $throws (param i32 i64)
    (block (block (block (block (br_table 0 1 2 3 (i32.and (local.get 0) (i32.const 3))))
      (throw $pair (local.get 0) (local.get 1))) (throw $one (local.get 0))) (throw $none))
    (if (i32.and (local.get 0) (i32.const 4)) (then (throw $other (local.get 0) (local.get 1)))))`;

const legacyExceptions: Theme = (random) => {
  const [first, second] = random.pick([
    ['$pair', '$other'],
    ['$other', '$pair'],
  ] as const);
  return `
  ${throwing}
  (func (param i32 i64) (result i32 i64)
    try (result i32 i64) (call $throws (local.get 0) (local.get 1)) (i32.const 1) (i64.const 2)
    catch ${first} catch ${second} (i64.add (i64.const 1)) catch $one (i64.const 4)
    ${random.pick(['catch_all (i32.const 5) (i64.const 6)', ''])} end)
  (func $rethrows (param i32 i64) (result i32)
    try (result i32) (call $throws (local.get 0) (local.get 1)) (i32.const 1)
    catch $one drop
      try (result i32) (throw $pair (local.get 0) (local.get 1))
      catch $pair drop drop (rethrow ${random.below(2)}) end
    end)
  (func (param i32 i64) (result i32)
    try (result i32) (call $rethrows (local.get 0) (local.get 1)) catch $one catch $pair drop catch_all (i32.const 9) end)
  (func (param i32 i64) (result i32)
    try (result i32)
      try (result i32) (call $throws (local.get 0) (local.get 1)) (i32.const 1) delegate ${random.below(2)}
    catch_all (i32.const 7) end)
  (func (param i32 i64) (result i32)
    try (result i32) (i32.const 1) catch_all (i32.const 2) end
    (call $throws (local.get 0) (local.get 1)))`;
};

const exceptions: Theme = (random) => {
  const clauses = random.pick([
    '(catch $pair $ha) (catch $one $hb) (catch_all $hc)',
    '(catch $one $hb) (catch $other $ha) (catch_all $hc)',
    '(catch $other $ha) (catch $pair $ha) (catch $none $hc)',
    '(catch $one $hb) (catch $one $hd) (catch_all $hc)',
  ]);
  return `
  ${throwing}
  (func (param i32 i64) (result i32 i64)
    (block $ha (result i32 i64)
      (block $hd (result i32)
        (block $hb (result i32)
          (block $hc
            (try_table ${clauses} (call $throws (local.get 0) (local.get 1)))
            (return (i32.const 1) (i64.const 2)))
          (return (i32.const 3) (i64.const 4)))
        (return (i64.const 5)))
      (i64.const 6)))
  (func $again (param i32 i64) (result i32)
    (block $h (result exnref)
      (try_table (catch_all_ref $h) (call $throws (local.get 0) (local.get 1)))
      (return (i32.const 1)))
    (throw_ref))
  (func (param i32 i64) (result i32 i64)
    (block $ha (result i32 i64)
      (block $hc (try_table (result i32) (catch $pair $ha) (catch_all $hc) (call $again (local.get 0) (local.get 1)))
        (return (i64.const 7)))
      (return (i32.const 8) (i64.const 9))))
  (func (param i32 i64) (result i32 i64 i32) (local $caught exnref)
    (block $h (result i32 i64 exnref)
      (try_table (catch_ref $pair $h) (call $throws (local.get 0) (local.get 1)))
      (return (i32.const 1) (i64.const 2) (i32.const 3)))
    (ref.is_null))
  (func (param i32) (block $h (try_table (catch_all $h) (if ${small(0, 1)} (then (throw_ref (ref.null exn))))))
    (if ${small(0, 2)} (then (throw_ref (ref.null exn)))))
  (func (param i32 i64) (result i32)
    (block $h (try_table (catch_all $h) (call $throws (i32.const 3) (i64.const 0))))
    (call $throws (local.get 0) (local.get 1)) (i32.const 3))`;
};

// Several memories and tables, 64-bit addresses.

const farLoads = [
  ...['i32.load', 'i32.load8_s', 'i32.load8_u', 'i32.load16_s', 'i32.load16_u', 'i64.load', 'i64.load8_s'],
  ...['i64.load8_u', 'i64.load16_s', 'i64.load16_u', 'i64.load32_s', 'i64.load32_u', 'f32.load', 'f64.load'],
  ...['v128.load', 'v128.load8x8_s', 'v128.load32_splat', 'v128.load64_zero'],
];
const farStores = [
  ...['i32.store', 'i32.store8', 'i32.store16', 'i64.store', 'i64.store8', 'i64.store16', 'i64.store32'],
  ...['f32.store', 'f64.store', 'v128.store'],
];

const isWide = (memory: string) => memory === '$wide';

/** An address near the start, near the end, or beyond 32 bits. */
function farAddress(memory: string, random: Random): string {
  if (!isWide(memory)) return random.below(3) === 0 ? `(i32.sub (i32.const 65536) ${small(0, 15)})` : small(0, 63);
  return random.pick([
    '(i64.and (local.get 1) (i64.const 63))',
    '(i64.sub (i64.const 65536) (i64.and (local.get 1) (i64.const 15)))',
    '(i64.and (local.get 1) (i64.const 0x10000003f))',
    '(local.get 1)',
  ]);
}

function farAccess(random: Random): string {
  const memory = random.pick(['$near', '$second', '$second', '$wide', '$wide']);
  const offset = random.pick([
    '',
    '',
    ' offset=3',
    ' offset=65520',
    ' offset=0xfffffff0',
    isWide(memory) ? ' offset=0x100000000' : '',
  ]);
  const address = farAddress(memory, random);
  if (random.below(2) === 0) {
    const load = random.pick(farLoads);
    return `(func (param i32 i64) (result ${load.split('.')[0]}) (${load} ${memory}${offset} ${address}))`;
  }
  const store = random.pick(farStores);
  return `(func (param i32 i64 ${store.split('.')[0]}) (${store} ${memory}${offset} ${address} (local.get 2)))`;
}

const farData = `
  (data (memory $near) (i32.const 0) "near\\80\\ff\\00\\7f\\ff\\ff\\ff\\ff near near near near near")
  (data (memory $second) (i32.const 0) "second\\80\\ff\\00\\7f\\ff\\ff\\ff\\ff second second second second")
  (data (memory $wide) (i64.const 0) "wide\\80\\ff\\00\\7f\\ff\\ff\\ff\\ff wide wide wide wide wide wide")`;

const far: Theme = (random) => `
  (memory $near 1 2) (memory $second 1 3) (memory $wide i64 1 2) ${farData}
  ${Array.from({ length: 2 * THEME_FUNCTIONS }, () => farAccess(random)).join('\n  ')}`;

const several: Theme = (random) => {
  const wide = (i: number, mask: string) => `(i64.and (local.get ${i}) (i64.const ${mask}))`;
  const index = random.pick(['7', '0x100000007']);
  return `
  (memory $near 1 2) (memory $second 1 3) (memory $wide i64 1 2)
  (table $t i64 8 10 funcref) (table $x 6 8 funcref)
  (elem (table $t) (i64.const 1) func $f $g $f)
  (elem $passive funcref (ref.func $g) (ref.null func) (ref.func $f))
  (global $sum i32 (i32.${random.pick(['sub', 'add', 'mul'])} (i32.const ${random.below(99)}) (i32.const ${random.below(99)})))
  (global $wide i64 (i64.${random.pick(['sub', 'add', 'mul'])} ${i64Const(random)} ${i64Const(random)}))
  ${farData}
  (data $passive "0123456789ABCDEF")
  (func $f (result i32) (i32.const 1)) (func $g (result i32) (i32.const 2))
  (func (param i32 i32 i32) (memory.copy $${random.pick(['near $second', 'second $near', 'second $second'])}
    ${small(0, 63)} ${small(1, 63)} ${small(2, 15)}))
  (func (param i64 i32 i32) (memory.copy $wide $second ${wide(0, '63')} ${small(1, 63)} ${small(2, 15)}))
  (func (param i64 i64 i64) (memory.copy $wide $wide ${wide(0, '63')} ${wide(1, '0x10000003f')} ${wide(2, '15')}))
  (func (param i64 i32 i64) (memory.fill $wide ${wide(0, '63')} (local.get 1) ${wide(2, index)}))
  (func (param i32 i32 i32) (memory.fill $second ${small(0, 63)} (local.get 1) ${small(2)}))
  (func (param i64 i32 i32) (memory.init $wide $passive ${wide(0, '0x10000000f')} ${small(1)} ${small(2)}))
  (func (param i32 i32 i32) (memory.init $second $passive ${small(0)} ${small(1)} ${small(2)}))
  (func (param i64) (result i64 i64) (memory.grow $wide ${wide(0, random.pick(['3', '0x100000000', '-1']))}) (memory.size $wide))
  (func (param i32) (result i32 i32 i32) (memory.grow $second ${small(0, 1)}) (memory.size $second) (memory.size $near))
  (func (param i32) (result i32 i32) (memory.grow $${random.pick(['near', 'second'])} (i32.const 1)) (memory.size $second))
  (func (param i64) (result i32) (ref.is_null (table.get $t ${wide(0, index)})))
  (func (param i64 i32) (table.set $t ${wide(0, index)} (select (result funcref) (ref.null func) (ref.func $f) (local.get 1))))
  (func (param i64) (result i64 i64) (table.grow $t (ref.func $g) ${wide(0, random.pick(['1', '3', '-1']))}) (table.size $t))
  (func (param i64 i64) (table.fill $t ${wide(0, index)} (ref.null func) ${wide(1, '3')}))
  (func (param i64 i64 i64) (table.copy $t $t ${wide(0, '7')} ${wide(1, index)} ${wide(2, '3')}))
  (func (param i64 i32 i32) (table.init $t $passive ${wide(0, '7')} ${small(1, 1)} ${small(2, 3)}))
  (func (param i64) (result i32) (call_indirect $t (result i32) ${wide(0, index)}))
  (func (param i64) (result i32) (return_call_indirect $t (result i32) ${wide(0, index)}))`;
};

// Function references.

const functions: Theme = (random) => `
  (type $top (sub (func (result anyref)))) (type $middle (sub $top (func (result eqref))))
  (type $low (sub final $middle (func (result i31ref)))) (type $unary (func (param i32) (result i32)))
  (table $t 8 funcref) (elem (i32.const 0) func $a $b $c $inc $b)
  (elem declare func $a $b $c $inc $double)
  (func $a (type $top) (ref.i31 (i32.const 1))) (func $b (type $middle) (ref.i31 (i32.const 2)))
  (func $c (type $low) (ref.i31 (i32.const 3)))
  (func $inc (type $unary) (i32.add (local.get 0) (i32.const 1)))
  (func $double (type $unary) (i32.mul (local.get 0) (i32.const 2)))
  (func $choose (param i32) (result (ref null $unary))
    (block (block (block (br_table 0 1 2 (i32.and (local.get 0) (i32.const 3))))
      (return (ref.null $unary))) (return (ref.func $inc))) (ref.func $double))
  (func (param i32) (result anyref) (call_indirect (type $top) ${small(0)}))
  (func (param i32) (result eqref) (call_indirect (type $middle) ${small(0)}))
  (func (param i32) (result i31ref) (${random.pick(['return_call_indirect', 'call_indirect'])} (type $low) ${small(0, 3)}))
  (func (param i32) (result anyref) (return_call_indirect (type $middle) ${small(0, 3)}))
  (func (param i32 i32) (result i32) (call_ref $unary (local.get 0) (call $choose (local.get 1))))
  (func (param i32 i32) (result i32) (return_call_ref $unary (local.get 0) (call $choose (local.get 1))))
  (func (param i32 i32) (result i32)
    (block (result i32) (i32.const 7) (br_on_null 0 (call $choose (local.get 1))) drop drop (i32.const 8))
    (local.get 0) i32.add)
  (func (param i32 i32) (result i32)
    (block $h (result (ref $unary)) (br_on_non_null $h (call $choose (local.get 1))) (return (i32.const 5)))
    (drop) (i32.const 6))
  (func (param i32) (result i32) (ref.is_null (ref.as_non_null (call $choose (local.get 0)))))
  (func (param i32) (result i32) (ref.is_null (call $choose (local.get 0))))
  (func (param i32) (result i32) (ref.test (ref ${random.pick(['$top', '$middle', '$low', '$unary'])}) (table.get $t ${small(0)})))
  (func (param i32) (result i32)
    (ref.is_null (ref.cast (ref ${random.pick(['', 'null '])}${random.pick(['$top', '$middle', '$low'])}) (table.get $t ${small(0)}))))`;

const commonThemes: readonly Theme[] = [control, storage];
const hostThemes: readonly Theme[] = [...commonThemes, atomics, legacyExceptions];
const standardThemes: readonly Theme[] = [
  far,
  several,
  heapTheme,
  exceptions,
  functions,
  several,
  heapTheme,
  control,
  storage,
  atomics,
];

function themesOf(profile: Profile): readonly Theme[] {
  if (profile === 'common') return commonThemes;
  return profile === 'host' ? hostThemes : standardThemes;
}
