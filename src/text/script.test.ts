/** Scripts: every command, constant and pattern; what fails late and what fails at once. */
import { describe, expect, it } from 'vitest';
import { abstractHeapTypes, F32, F64, I32, I64, ParseError } from '../syntax/index.ts';
import { type ModuleSource, parseModule, parseScript, type ScriptCommand } from './index.ts';

/** A command without positions and module contents. */
function outline(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(outline);
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !['position', 'start', 'end', 'assemble'].includes(key));
  return Object.fromEntries(entries.map(([key, item]) => [key, outline(item)]));
}

const text = (id?: string) => ({ form: 'text', id });
const invoke = (name: string, args: unknown[] = [], module?: string) => ({ kind: 'invoke', module, name, args });
const number = (type: number, lo: number, hi = 0) => ({ kind: 'number', type, lo, hi });

const commands: readonly [source: string, expected: unknown][] = [
  ['(module $m (func))', { kind: 'module', module: text('m') }],
  ['(module binary "a")', { kind: 'module', module: { form: 'binary', id: undefined } }],
  ['(module $m quote "a")', { kind: 'module', module: { form: 'quote', id: 'm' } }],
  ['(module definition $m (func))', { kind: 'definition', module: text('m') }],
  ['(module instance $i $m)', { kind: 'instance', id: 'i', definition: 'm' }],
  ['(module instance)', { kind: 'instance', id: undefined, definition: undefined }],
  ['(register "a" $m)', { kind: 'register', name: 'a', module: 'm' }],
  ['(invoke $m "f")', { kind: 'action', action: invoke('f', [], 'm') }],
  ['(get "g")', { kind: 'action', action: { kind: 'get', module: undefined, name: 'g' } }],
  [
    '(assert_return (invoke "f" (i32.const -1) (i64.const 0x1_0000_0002)) (f32.const 1) (f64.const -0))',
    {
      kind: 'assert_return',
      action: invoke('f', [number(I32, -1), number(I64, 2, 1)]),
      results: [number(F32, 0x3f80_0000), number(F64, 0, 0x8000_0000 | 0)],
    },
  ],
  ['(assert_trap (invoke "f") "x")', { kind: 'assert_trap', action: invoke('f'), module: undefined, message: 'x' }],
  ['(assert_trap (module $m) "x")', { kind: 'assert_trap', action: undefined, module: text('m'), message: 'x' }],
  [
    '(assert_exhaustion (invoke "f") "x")',
    { kind: 'assert_exhaustion', action: invoke('f'), module: undefined, message: 'x' },
  ],
  [
    '(assert_exception (invoke "f"))',
    { kind: 'assert_exception', action: invoke('f'), module: undefined, message: undefined },
  ],
  [
    '(assert_suspension (invoke "f") "x")',
    { kind: 'assert_suspension', action: invoke('f'), module: undefined, message: 'x' },
  ],
  ...[
    'assert_malformed',
    'assert_invalid',
    'assert_unlinkable',
    'assert_malformed_custom',
    'assert_invalid_custom',
  ].map((kind): [string, unknown] => [`(${kind} (module) "x")`, { kind, module: text(), message: 'x' }]),
  [
    '(thread $t (shared (module $a)) (shared (module $b)) (invoke "f") (module))',
    {
      kind: 'thread',
      id: 't',
      shared: ['a', 'b'],
      commands: [
        { kind: 'action', action: invoke('f') },
        { kind: 'module', module: text() },
      ],
    },
  ],
  ['(wait $t)', { kind: 'wait', thread: 't' }],
  ['(component $c (core func))', { kind: 'component', form: 'component', text: '(component $c (core func))' }],
  [
    '(assert_invalid (component (x)) "y")',
    { kind: 'component', form: 'assert_invalid', text: '(assert_invalid (component (x)) "y")' },
  ],
];

describe('commands', () => {
  it.each(commands)('%s', (source, expected) => {
    expect(outline(parseScript(source))).toEqual([expected]);
  });

  it('carry their places', () => {
    const found = parseScript('(module)\n\n  (invoke "f")');
    expect(found.map(({ position }) => [position.line, position.column])).toEqual([
      [1, 1],
      [3, 3],
    ]);
  });

  it('know where their modules stand', () => {
    const source = ' (assert_invalid (module $m (func)) "x")';
    const [command] = parseScript(source) as [Extract<ScriptCommand, { module: ModuleSource }>];
    expect(source.slice(command.module.start, command.module.end)).toBe('(module $m (func))');
  });

  it.each(['(func (export "f")) (memory 1)', '(module (func))', ''])('read a plain module: %j', (source) => {
    const found = parseScript(source);
    const module = (found[0] as Extract<ScriptCommand, { kind: 'module' }> | undefined)?.module;
    expect(module?.assemble().bytes).toEqual(source === '' ? undefined : parseModule(source).bytes);
  });
});

const patterns: readonly [pattern: string, expected: unknown][] = [
  ['(ref.null)', { kind: 'ref.null', heap: undefined }],
  ['(ref.null none)', { kind: 'ref.null', heap: abstractHeapTypes.none }],
  ['(ref.null $t)', { kind: 'ref.null', heap: undefined }],
  ['(ref.host 3)', { kind: 'ref.host', id: 3 }],
  ['(ref.extern 3)', { kind: 'ref', heap: abstractHeapTypes.extern, id: 3 }],
  ['(ref.extern)', { kind: 'ref', heap: abstractHeapTypes.extern, id: undefined }],
  ['(ref.func)', { kind: 'ref', heap: abstractHeapTypes.func, id: undefined }],
  ['(ref.i31)', { kind: 'ref', heap: abstractHeapTypes.i31, id: undefined }],
  ['(f32.const nan:canonical)', { kind: 'nan', type: F32, nan: 'canonical' }],
  ['(f64.const nan:arithmetic)', { kind: 'nan', type: F64, nan: 'arithmetic' }],
  [
    '(v128.const i32x4 1 2 3 4)',
    { kind: 'v128', bytes: Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0) },
  ],
  [
    '(v128.const f64x2 nan:canonical 1)',
    { kind: 'lanes', shape: 'f64x2', lanes: [{ nan: 'canonical' }, { lo: 0, hi: 0x3ff0_0000 }] },
  ],
  [
    '(either (i32.const 1) (ref.func))',
    {
      kind: 'either',
      patterns: [number(I32, 1), { kind: 'ref', heap: abstractHeapTypes.func, id: undefined }],
    },
  ],
];

describe('result patterns', () => {
  it.each(patterns)('%s', (pattern, expected) => {
    const [command] = parseScript(`(assert_return (invoke "f") ${pattern})`);
    expect(outline((command as Extract<ScriptCommand, { kind: 'assert_return' }>).results)).toEqual([expected]);
  });
});

/** Assembles the module of the script's only command. */
function assembleOnly(source: string): Uint8Array {
  const [command] = parseScript(source) as [Extract<ScriptCommand, { module: object }>];
  return (command.module as { assemble(): { bytes: Uint8Array } }).assemble().bytes;
}

describe('modules of scripts', () => {
  it.each([
    ['text', '(module definition $m (func $f))', '(func $f)'],
    ['quoted text', '(module quote "(func" ")(memory" "1)")', '(func)(memory 1)'],
    ['quoted text with comments', '(module quote "(func) ;; a" "(memory 1)")', '(func)(memory 1)'],
  ])('assemble %s', (_name, source, same) => {
    const expected = parseModule(source.includes('$m') ? `(module $m ${same})` : same).bytes;
    expect(assembleOnly(source)).toEqual(expected);
  });

  it('leaves bytes as they are', () => {
    expect(assembleOnly('(module binary "\\00a" "sm")')).toEqual(Uint8Array.of(0, 0x61, 0x73, 0x6d));
  });

  it.each([
    ['text', '(assert_malformed (module (nonsense)) "")', 'unknown operator nonsense'],
    ['quoted text', '(assert_malformed (module quote "(func") "")', 'unexpected token'],
    ['quoted bytes', '(assert_malformed (module quote "\\ff") "")', 'malformed UTF-8 encoding'],
    ['strings', '(module binary 1)', 'unexpected token 1'],
  ])('fails only when ill-formed %s is assembled', (_name, source, reason) => {
    expect(() => assembleOnly(source)).toThrow(ParseError);
    expect(() => assembleOnly(source)).toThrow(reason);
  });
});

describe('ill-formed scripts', () => {
  it.each([
    ['(frob)', 'unknown operator frob'],
    ['(module', 'unexpected token: end of text'],
    ['module', 'unexpected token module'],
    ['(assert_return)', 'unexpected token )'],
    ['(assert_return (module))', 'unexpected token module'],
    ['(assert_invalid (invoke "f") "x")', 'unexpected token invoke'],
    ['(invoke "f" (nop))', 'unexpected token nop'],
    ['(invoke "f" (f32.const nan:canonical))', 'unexpected token nan:canonical'],
    ['(register 1)', 'unexpected token 1'],
    ['(thread (shared (module)))', 'unexpected token )'],
    [`${'(thread '.repeat(10_000)}${')'.repeat(10_000)}`, 'threads nest deeper'],
    [`(assert_return (invoke "f") ${'(either '.repeat(10_000)})`, 'unexpected token either'],
  ])('%s', (source, reason) => {
    expect(() => parseScript(source)).toThrow(ParseError);
    expect(() => parseScript(source)).toThrow(reason);
  });
});
