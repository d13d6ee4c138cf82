/** The built program as a user meets it: what it prints where, and what it exits with. */
import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../dist/glassbox.cjs', import.meta.url));
const EMPTY_MODULE = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
let folder = '';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function glassbox(args: readonly string[], stdin = '', env: Record<string, string> = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env.PATH ?? '', ...env } };
    const child = execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
    child.stdin?.end(stdin);
  });
}

const wasiImport = (name: string, type: string) =>
  `(import "wasi_snapshot_preview1" "${name}" (func $${name} ${type}))`;

/** Writes what it is told: arguments, or the environment, as the strings that WASI gives, each with a line end. */
const echoStrings = (get: string, sizes: string) => `(module
  ${wasiImport(get, '(param i32 i32) (result i32)')}
  ${wasiImport(sizes, '(param i32 i32) (result i32)')}
  ${wasiImport('fd_write', '(param i32 i32 i32 i32) (result i32)')}
  (memory (export "memory") 1)
  (func (export "_start") (local $at i32)
    (drop (call $${sizes} (i32.const 0) (i32.const 4)))
    (drop (call $${get} (i32.const 100) (i32.const 1024)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (i32.load (i32.const 4))))
        (if (i32.eqz (i32.load8_u (i32.add (i32.const 1024) (local.get $at))))
          (then (i32.store8 (i32.add (i32.const 1024) (local.get $at)) (i32.const 10))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (i32.store (i32.const 16) (i32.const 1024))
    (i32.store (i32.const 20) (i32.load (i32.const 4)))
    (drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24)))))`;

const files: Readonly<Record<string, string>> = {
  'badnames.wat': '(module (@custom "name" "\\01"))',
  'add.wat': `(module
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "add64") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))
    (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
    (func (export "third") (param f32) (result f32) (f32.div (local.get 0) (f32.const 3)))
    (func (export "swap") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
    (func (export "null") (result funcref) (ref.null func))
    (func (export "same") (param externref) (result externref) (local.get 0)))`,
  'exit.wat': `(module
    ${wasiImport('proc_exit', '(param i32)')}
    (memory (export "memory") 1)
    (func (export "_start") (call $proc_exit (i32.const 42))))`,
  'args.wat': echoStrings('args_get', 'args_sizes_get'),
  'env.wat': echoStrings('environ_get', 'environ_sizes_get'),
  'trap.wat': `(module $m
    (func $inner (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
    (func $outer (export "_start") (drop (call $inner (i32.const 0)))))`,
  'loop.wat': '(module (func (export "_start") (loop $l (br $l))))',
  'deep.wat': '(module (func $f (export "_start") (call $f)))',
  'grow.wat': `(module (memory (export "memory") 1)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`,
  'throw.wat': '(module (tag $t) (func (export "_start") (throw $t)))',
  'syntax.wat': '(module\n  (func (i32.cosnt 1))\n)\n',
  'invalid.wat': '(module\n  (func (result i32)\n    i64.const 1))\n',
  'needs.wat': '(module (import "env" "missing" (func)))',
  'pass.wast': `(module (func (export "one") (result i32) (i32.const 1)))
    (assert_return (invoke "one") (i32.const 1))
    (assert_invalid (module (func (result i32))) "type mismatch")
    (assert_malformed (module quote "(func") "unexpected token")`,
  'fail.wast': `(module (func (export "one") (result i32) (i32.const 1)))
(assert_return (invoke "one") (i32.const 2))`,
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'glassbox-cli-'));
  for (const [name, contents] of Object.entries(files)) writeFileSync(join(folder, name), contents);
  writeFileSync(join(folder, 'empty.wasm'), new Uint8Array(EMPTY_MODULE));
  writeFileSync(join(folder, 'cut.wasm'), new Uint8Array(EMPTY_MODULE.slice(0, 6)));
  writeFileSync(join(folder, 'picture.png'), new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0xff]));
  mkdirSync(join(folder, 'scripts'));
  writeFileSync(join(folder, 'scripts', 'pass.wast'), files['pass.wast']!);
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly env?: Record<string, string>;
  readonly code?: number;
  readonly stdout?: string | RegExp;
  readonly stderr?: string | RegExp;
}

const cases: readonly Case[] = [
  { name: 'an empty module runs', args: ['run', 'empty.wasm'] },
  { name: 'run is what a file alone means', args: ['empty.wasm'] },
  { name: 'results are lines', args: ['run', '--invoke', 'add', 'add.wat', '2', '-5'], stdout: '-3\n' },
  { name: 'hexadecimal arguments', args: ['run', '--invoke=add', 'add.wat', '0xffffffff', '2'], stdout: '1\n' },
  {
    name: 'i64 beyond 2^53',
    args: ['run', '--invoke', 'add64', 'add.wat', '9007199254740993', '2'],
    stdout: '9007199254740995\n',
  },
  { name: 'f64', args: ['run', '--invoke', 'half', 'add.wat', '5e-1'], stdout: '0.25\n' },
  {
    name: 'f64 without an exponent',
    args: ['run', '--invoke', 'half', 'add.wat', '4e22'],
    stdout: '20000000000000000000000\n',
  },
  { name: 'negative zero', args: ['run', '--invoke', 'half', 'add.wat', '-0'], stdout: '-0\n' },
  { name: 'infinity', args: ['run', '--invoke', 'half', 'add.wat', '-inf'], stdout: '-inf\n' },
  { name: 'NaN', args: ['run', '--invoke', 'half', 'add.wat', 'nan'], stdout: 'NaN\n' },
  { name: 'f32 in its own digits', args: ['run', '--invoke', 'third', 'add.wat', '1'], stdout: '0.33333334\n' },
  { name: 'several results', args: ['run', '--invoke', 'swap', 'add.wat', '1', '2'], stdout: '2\n1\n' },
  { name: 'a null reference', args: ['run', '--invoke', 'null', 'add.wat'], stdout: '<null funcref>\n' },
  { name: 'a host reference', args: ['run', '--invoke', 'same', 'add.wat', 'x'], stdout: '<externref>\n' },
  {
    name: 'a module from standard input',
    args: ['run', '--invoke', 'add', '-', '1', '2'],
    stdin: files['add.wat']!,
    stdout: '3\n',
  },
  {
    name: 'an argument that is no number',
    args: ['run', '--invoke', 'add', 'add.wat', 'x', '2'],
    code: 2,
    stderr: /^error: 'x' is no i32\nhelp: /,
  },
  {
    name: 'an argument out of range',
    args: ['run', '--invoke', 'add', 'add.wat', '4294967296', '2'],
    code: 2,
    stderr: /^error: '4294967296' is no i32\n/,
  },
  {
    name: 'too few arguments',
    args: ['run', '--invoke', 'add', 'add.wat', '1'],
    code: 1,
    stderr: "error: 'add' takes 2 arguments [i32 i32], 1 given\n",
  },
  {
    name: 'an export that is not there',
    args: ['run', '--invoke', 'ad', 'add.wat'],
    code: 1,
    stderr: "error: there is no exported function 'ad'\nhelp: did you mean 'add'?\n",
  },
  { name: "the guest's exit code", args: ['run', 'exit.wat'], code: 42 },
  { name: 'arguments, the name first', args: ['run', 'args.wat', 'a b', '--fuel'], stdout: 'args.wat\na b\n--fuel\n' },
  { name: 'another name', args: ['run', '--argv0', 'me', 'args.wat'], stdout: 'me\n' },
  {
    name: 'variables',
    args: ['run', '--env', 'A=1=2', '--env', 'B', '--env', 'NONE', 'env.wat'],
    env: { B: 'b' },
    stdout: 'A=1=2\nB=b\n',
  },
  { name: 'no variables by themselves', args: ['run', 'env.wat'], env: { B: 'b' } },
  {
    name: 'a trap',
    args: ['run', 'trap.wat'],
    code: 134,
    stderr:
      /^error: trap\.wat: wasm trap: integer divide by zero\nwasm backtrace:\n {5}0: +0x[0-9a-f]+ - m!inner\n {5}1: +0x[0-9a-f]+ - m!outer\n$/,
  },
  {
    name: 'the list of monitors',
    args: ['run', '--monitor=help'],
    stdout: /^calls .*\n {2}limit=N .*\n[\s\S]*^coverage /m,
  },
  {
    name: 'a monitor that there is not',
    args: ['run', '--monitor=cover', 'add.wat'],
    code: 2,
    stderr: /^error: there is no monitor 'cover'; there are .*coverage.*\nhelp: 'glassbox run --monitor=help' lists/,
  },
  {
    name: "monitors' reports beside a guest's output",
    args: ['run', '--monitor=opcodes', '--monitor=profile', 'args.wat', 'a'],
    stdout: 'args.wat\na\n',
    stderr: /^([\d,]+) instructions executed[\s\S]*\n\1 instructions\n.*\n.* _start\n$/,
  },
  {
    name: 'a trace of what traps',
    args: ['run', '--monitor=calls', 'trap.wat'],
    code: 134,
    stderr:
      /^ +0 {2}outer\(\)\n +2 {4}inner\(0\)\nerror: .*divide by zero\n[\s\S]* +5 {4}inner ended\n +5 {2}outer ended\n$/,
  },
  {
    name: 'a path that no file can have',
    args: ['run', 'x'.repeat(5000)],
    code: 1,
    stderr: /^error: cannot read 'x+': ENAMETOOLONG/,
  },
  {
    name: 'a report that cannot be written',
    args: ['run', '--monitor=coverage:out=nowhere/x', 'args.wat'],
    code: 1,
    stderr: /^error: cannot write 'nowhere\/x': ENOENT/,
  },
  {
    name: 'fuel',
    args: ['run', '--fuel', '1000', 'loop.wat'],
    code: 134,
    stderr: /^error: loop\.wat: all fuel consumed\n/,
  },
  {
    name: 'a deadline',
    args: ['run', '--timeout', '100ms', 'loop.wat'],
    code: 134,
    stderr: /^error: loop\.wat: deadline exceeded\n/,
  },
  {
    name: 'endless recursion',
    args: ['run', 'deep.wat'],
    code: 134,
    stderr:
      /^error: deep\.wat: call stack exhausted\nwasm backtrace:\n(?: {4,5}\d+: .*\n){30} {8}… and more callers\n$/,
  },
  {
    name: 'a folder in three parts',
    args: ['run', '--dir', 'a::b::c', 'add.wat'],
    code: 2,
    stderr:
      "error: option '--dir' does not take 'a::b::c'\nhelp: write HOST or HOST::GUEST, and HOST::GUEST::ro for a folder that is only read\n",
  },
  {
    name: 'a folder without a name',
    args: ['run', '--dir', '::/', 'add.wat'],
    code: 2,
    stderr:
      "error: option '--dir' does not take '::/'\nhelp: write HOST or HOST::GUEST, and HOST::GUEST::ro for a folder that is only read\n",
  },
  {
    name: 'an uncaught exception',
    args: ['run', 'throw.wat'],
    code: 1,
    stderr: /^error: throw\.wat: unhandled exception/,
  },
  {
    name: 'memory within its limit',
    args: ['run', '--max-memory', '128K', '--invoke', 'grow', 'grow.wat', '1'],
    stdout: '1\n',
  },
  {
    name: 'memory beyond its limit',
    args: ['run', '--max-memory', '128K', '--invoke', 'grow', 'grow.wat', '2'],
    stdout: '-1\n',
  },
  {
    name: 'statistics',
    args: ['run', '--stats', '--invoke', 'add', 'add.wat', '1', '2'],
    stdout: '3\n',
    stderr: /^instructions {2}3\ncalls {9}1\nmemory pages {2}0\ntime /,
  },
  { name: 'either tier', args: ['run', '--tier=interpreter', 'empty.wasm'] },
  {
    name: 'a tier that is none',
    args: ['run', '--tier=fast', 'empty.wasm'],
    code: 2,
    stderr: /write auto or interpreter\n$/,
  },
  {
    name: 'a folder that is not there',
    args: ['run', '--dir', 'nowhere', 'empty.wasm'],
    code: 1,
    stderr: /^error: cannot grant 'nowhere'/,
  },
  {
    name: 'a file that is not there',
    args: ['run', 'nowhere.wasm'],
    code: 1,
    stderr: /^error: cannot read 'nowhere\.wasm': there is no such file\n/,
  },
  {
    name: 'a binary cut short',
    args: ['run', 'cut.wasm'],
    code: 1,
    stderr: /^error: cut\.wasm: unexpected end.* \(at byte 0x[0-9a-f]+\)\n/,
  },
  {
    name: 'a file that is no module',
    args: ['run', 'picture.png'],
    code: 1,
    stderr: /^error: 'picture\.png' is no WebAssembly/,
  },
  {
    name: 'a mistake in text, with its place',
    args: ['run', 'syntax.wat'],
    code: 1,
    stderr: /^error: syntax\.wat:2:10: .*\n {2}\|\n2 \| {3}\(func \(i32\.cosnt 1\)\)\n {2}\| {10}\^\n$/,
  },
  {
    name: 'an invalid module, with its place in text',
    args: ['run', 'invalid.wat'],
    code: 1,
    stderr: /^error: invalid\.wat:3:\d+: type mismatch/,
  },
  {
    name: 'an import that nobody provides',
    args: ['run', 'needs.wat'],
    code: 1,
    stderr:
      /^error: needs\.wat: unknown import.*env.*missing.*\nhelp: 'glassbox run' provides only wasi_snapshot_preview1/,
  },
  {
    name: 'an unknown option',
    args: ['run', '--feul', '1', 'empty.wasm'],
    code: 2,
    stderr: "error: unknown option '--feul'\nhelp: did you mean '--fuel'?\n",
  },
  {
    name: 'an option without its value',
    args: ['run', '--fuel'],
    code: 2,
    stderr: /^error: option '--fuel' needs a value\n/,
  },
  { name: 'a flag with a value', args: ['run', '--stats=1', 'empty.wasm'], code: 2, stderr: /takes no value/ },
  {
    name: 'a number that is none',
    args: ['run', '--fuel', '1e3', 'empty.wasm'],
    code: 2,
    stderr: /^error: option '--fuel' does not take '1e3'/,
  },
  { name: 'no file', args: ['run'], code: 2, stderr: /^error: no file given\nhelp: usage: / },
  { name: 'an unknown command', args: ['rnu'], code: 2, stderr: /^error: unknown command 'rnu'\nhelp: / },
  {
    name: 'a command nearly right',
    args: ['valdate', 'x'],
    code: 2,
    stderr: "error: unknown command 'valdate'\nhelp: did you mean 'validate'?\n",
  },
  { name: 'nothing at all', args: [], code: 2, stderr: /^Glassbox/ },
  { name: 'version', args: ['--version'], stdout: /^glassbox \d+\.\d+\.\d+\n$/ },
  { name: 'help', args: ['--help'], stdout: /Commands:\n {2}run/ },
  { name: 'help by name', args: ['help', 'dump'], stdout: /Usage: glassbox dump/ },
  { name: 'validate is silent about what is valid', args: ['validate', 'add.wat', 'empty.wasm'] },
  {
    name: 'validate warns of custom sections that it ignores',
    args: ['validate', 'badnames.wat'],
    stderr:
      "warning: badnames.wat: the custom section 'name' is ignored: unexpected end of section or function (at byte 0x10)\n",
  },
  {
    name: 'validate names what is not',
    args: ['validate', 'add.wat', 'invalid.wat'],
    code: 1,
    stderr: /^error: invalid\.wat:3:/,
  },
  {
    name: 'run refuses what needs a feature that is off',
    args: ['run', '-W', 'reference-types=n', 'add.wat'],
    code: 1,
    stderr:
      /^error: add\.wat:.* funcref as a value needs the reference-types feature, which is off.*\nhelp: switch it on: -W reference-types=y\n$/s,
  },
  {
    name: 'validate goes on after a file that cannot be read',
    args: ['validate', 'nothing.wat', 'invalid.wat'],
    code: 1,
    stderr: /^error: cannot read 'nothing\.wat': there is no such file\nhelp: .*\nerror: invalid\.wat:/,
  },
  {
    name: 'validate with all features off',
    args: ['validate', '-Wall-proposals=n', 'add.wat'],
    code: 1,
    stderr: /which is off/,
  },
  {
    name: 'validate with the ones it needs',
    args: ['validate', '--wasm=all-proposals=n', '-W', 'reference-types,multi-value', 'add.wat'],
  },
  {
    name: 'an unknown feature',
    args: ['validate', '-W', 'smd=n', 'add.wat'],
    code: 2,
    stderr: "error: option '-W' knows no feature 'smd'\nhelp: did you mean 'simd'?\n",
  },
  {
    name: 'a switch that is none',
    args: ['validate', '-W', 'simd=2', 'add.wat'],
    code: 2,
    stderr: /write simd=y or simd=n/,
  },
  {
    name: 'switches that contradict each other',
    args: ['dump', '-W', 'gc=y,function-references=n', 'add.wat'],
    code: 2,
    stderr: "error: option '-W': the gc feature needs function-references, which is off\n",
  },
  { name: 'print writes text', args: ['print', 'empty.wasm'], stdout: /^\(module\)\n$/ },
  {
    name: 'wast counts commands',
    args: ['wast', 'pass.wast'],
    stdout: /^ok {3}pass\.wast: 4 passed, 0 failed, 0 skipped\n4 passed, 0 failed, 0 skipped\n$/,
  },
  { name: 'wast on a folder', args: ['wast', 'scripts'], stdout: /\n4 passed, 0 failed, 0 skipped\n$/ },
  {
    name: 'wast names what failed',
    args: ['wast', 'fail.wast'],
    code: 1,
    stdout:
      /^FAIL fail\.wast: 1 passed, 1 failed, 0 skipped\n {5}fail\.wast:2: assert_return failed: .*\n1 passed, 1 failed, 0 skipped\n$/,
  },
  { name: 'wast without scripts', args: ['wast', 'nowhere.wast'], code: 1, stderr: /^error: cannot read/ },
];

const matching = (expected: string | RegExp) =>
  typeof expected === 'string' ? expected : expect.stringMatching(expected);

describe('glassbox', () => {
  it.concurrent.each(cases)('$name: $args', async ({ args, stdin, env, code = 0, stdout = '', stderr = '' }) => {
    const outcome = await glassbox(args, stdin, env);
    expect(outcome).toEqual({ code, stdout: matching(stdout), stderr: matching(stderr) });
  });

  it.each(['run', 'validate', 'print', 'parse', 'dump', 'wast'])(
    '%s --help shows options and an example',
    async (name) => {
      const { code, stdout, stderr } = await glassbox([name, '--help']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(`Usage: glassbox ${name}`);
      expect(stdout).toContain('--help');
      expect(stdout).toContain(`Example: glassbox ${name}`);
    },
  );

  it('prints what it parsed, and parses what it printed, to the same bytes', async () => {
    await glassbox(['parse', 'add.wat', '-o', 'once.wasm']);
    await glassbox(['print', 'once.wasm', '-o', 'again.wat']);
    expect(await glassbox(['parse', 'again.wat', '-o', 'twice.wasm'])).toEqual({ code: 0, stdout: '', stderr: '' });
    const once = readFileSync(join(folder, 'once.wasm'));
    expect(once.length).toBeGreaterThan(8);
    expect(readFileSync(join(folder, 'twice.wasm')).equals(once)).toBe(true);
  });

  it('writes reports to files', async () => {
    const orders = [
      'coverage:format=lcov,out=cover.info',
      'coverage:format=html,out=cover.html',
      'profile:format=speedscope,out=calls.json',
      'instructions:format=jsonl,limit=0,out=trace.jsonl',
    ];
    const options = orders.map((order) => `--monitor=${order}`);
    const outcome = await glassbox(['run', ...options, 'trap.wat']);
    expect(outcome).toMatchObject({ code: 134, stdout: '' });
    const report = (name: string) => readFileSync(join(folder, name), 'utf8');
    const path = /^SF:(.*)$/m.exec(report('cover.info'))![1]!;
    expect(path).toMatch(/^\/.*\/cover\.wat$/);
    const line =
      readFileSync(path, 'utf8')
        .split('\n')
        .findIndex((text) => text.includes('drop')) + 1;
    expect(report('cover.info')).toContain(`\nDA:${line},0\n`);
    expect(report('cover.html')).toMatch(/^<!doctype html>/);
    expect(JSON.parse(report('calls.json')).profiles[0].endValue).toBe(5);
    expect(report('trace.jsonl').trim().split('\n')).toHaveLength(5);
  });

  it('dumps a module as data', async () => {
    const { stdout } = await glassbox(['dump', '--json', 'trap.wat']);
    const facts = JSON.parse(stdout) as Record<string, unknown>;
    expect(facts).toMatchObject({
      name: 'm',
      imports: [],
      exports: [{ name: '_start', kind: 'func', index: 1, type: '[] -> []' }],
      proposals: [],
    });
  });

  it('tells the proposals that a module needs', async () => {
    writeFileSync(
      join(folder, 'wide.wat'),
      `(module (memory 1) (memory i64 1) (tag $t)
        (global (mut i32) (i32.add (i32.const 1) (i32.const 2)))
        (func (result i32 i32) (return_call 0))
        (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)) (throw $t)))`,
    );
    const { stdout } = await glassbox(['dump', '--json', '-W', 'tail-call=n', 'wide.wat']);
    expect((JSON.parse(stdout) as { proposals: unknown }).proposals).toEqual([
      { name: 'bulk-memory', on: true, uses: ['memory.fill'] },
      { name: 'exceptions', on: true, uses: ['a tag', 'throw'] },
      { name: 'extended-const', on: true, uses: ['i32.add in a constant'] },
      { name: 'memory64', on: true, uses: ['a memory with 64-bit addresses'] },
      { name: 'multi-memory', on: true, uses: ['a second memory'] },
      { name: 'multi-value', on: true, uses: ['several results'] },
      { name: 'tail-call', on: false, uses: ['return_call'] },
    ]);
    const text = await glassbox(['dump', '-Wtail-call=n', 'wide.wat']);
    expect(text.stdout).toMatch(/proposals needed \(7\)\n {2}bulk-memory +memory\.fill\n/);
    expect(text.stdout).toMatch(/ {2}tail-call \(off\) +return_call\n$/);
  });

  it('tells validity as data', async () => {
    const files = ['add.wat', 'nothing.wat', 'invalid.wat', 'syntax.wat'];
    const { code, stdout } = await glassbox(['validate', '--json', ...files]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([
      { file: 'add.wat', valid: true },
      { file: 'nothing.wat', valid: false, error: { code: 'ERR_UNREADABLE' } },
      { file: 'invalid.wat', valid: false, error: { code: 'ERR_INVALID', line: 3, funcidx: 0 } },
      { file: 'syntax.wat', valid: false, error: { code: 'ERR_SYNTAX', line: 2, column: 10 } },
    ]);
  });

  it.skipIf(!existsSync('/dev/full'))('says that standard output is full', async () => {
    const device = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [program, 'print', 'add.wat'], {
      cwd: folder,
      stdio: ['ignore', device, 'pipe'],
    });
    let stderr = '';
    child.stderr?.on('data', (text: Buffer) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    closeSync(device);
    expect(stderr).toMatch(/^error: cannot write to standard output: ENOSPC/);
    expect(code).toBe(1);
  });
});
