/** The built debugger, driven by scripts: what it writes is compared to the letter. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moduleWith, unitBytes } from '../src/inspect/dwarf/test-sections.ts';
import { parseModule } from '../src/text/index.ts';
import { backCases } from './debug/back.ts';
import { codeCases } from './debug/code.ts';
import type { DebugCase } from './debug/debug-case.ts';
import { eventsCases } from './debug/events.ts';
import { framesCases } from './debug/frames.ts';
import { guests } from './debug/guests.ts';
import { runningCases } from './debug/running.ts';
import { stopsCases } from './debug/stops.ts';
import { valuesCases } from './debug/values.ts';

const program = fileURLToPath(new URL('../dist/glassbox.cjs', import.meta.url));
let folder = '';

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function glassbox(args: readonly string[], stdin = ''): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env.PATH ?? '' } };
    const child = execFile(process.execPath, [program, ...args], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
    child.stdin?.end(stdin);
  });
}

function debug(args: readonly string[], script: string): Promise<Outcome> {
  return glassbox(['debug', ...args], script);
}

/** A module whose code comes from two lines of a C file, with the file beside it. */
function compiledModule(): Uint8Array {
  // `moduleWith` gives functions of 60 `nop`s; code begins at byte 3 of the section: count, size, locals.
  const row = (address: number, line: number) => ({ address, file: 1, line, column: 3 });
  const unit = {
    version: 4,
    directories: ['/nowhere'],
    files: [{ name: 'main.c', directory: 1 }],
    sequences: [{ rows: [row(2, 1), row(3, 2), row(20, 3), row(40, 4)], end: 64 }],
  };
  return moduleWith({ '.debug_line': unitBytes(unit) }, '(export "_start" (func 0))').bytes;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'glassbox-debug-'));
  for (const [name, text] of Object.entries(guests)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, 'fac.wasm'), parseModule(guests['fac.wat']!).bytes);
  writeFileSync(join(folder, 'compiled.wasm'), compiledModule());
  writeFileSync(join(folder, 'main.c'), 'int main() {\n  nothing();\n  much();\n  return 0;\n}\n');
  writeFileSync(join(folder, 'commands.txt'), 'start\n\nstep\nsource more.txt\n# the end\n');
  writeFileSync(join(folder, 'more.txt'), 'print $count\n');
  writeFileSync(join(folder, 'endless.txt'), 'source endless.txt\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const withoutFirstLine = (text = '') => text.replace(/^\n/, '');

function check({ name, file, options = [], args = [], script, out, err, code = 0 }: DebugCase): void {
  it.concurrent(name, async ({ expect: expected }) => {
    const outcome = await debug([...options, file, ...args], withoutFirstLine(script));
    expected(outcome).toEqual({ code, out: withoutFirstLine(out), err: withoutFirstLine(err) });
  });
}

describe('runs', () => runningCases.forEach(check));
describe('breakpoints', () => stopsCases.forEach(check));
describe('watchpoints and events', () => eventsCases.forEach(check));
describe('frames', () => framesCases.forEach(check));
describe('values and memory', () => valuesCases.forEach(check));
describe('code and the debugger itself', () => codeCases.forEach(check));
describe('recorded runs', () => backCases.forEach(check));

describe('source files', () => {
  it('lines come from DWARF, and from the file when it is there', async () => {
    const script = 'break main.c:3\nrun\nnext-line\nbreak 2\ninfo source\nbreak other.c:1\nbreak main.c:9\n';
    const { out, err } = await debug(['-ex', 'set context 0', 'compiled.wasm'], script);
    expect(out).toMatch(/^Breakpoint 1: 0x[\da-f]+ in \$_start at main\.c:3:3\n/);
    expect(out).toMatch(/\nBreakpoint 1, 0x[\da-f]+ in \$_start \(\) at main\.c:3:3\nmain\.c:3 {2}much\(\);\n=> /);
    expect(out).toMatch(/\n0x[\da-f]+ in \$_start \(\) at main\.c:4:3\nmain\.c:4 {2}return 0;\n=> /);
    expect(out).toMatch(/\nBreakpoint 2: 0x[\da-f]+ in \$_start at main\.c:2:3\ntext: as printed; \d+ lines\n/);
    expect(out).toMatch(/\n {2}\/nowhere\/main\.c\n$/);
    expect(err).toBe(
      "error: no code comes from a file 'other.c'\nhelp: there is: main.c\n" +
        'error: no code comes from line 9 of main.c or after it\n',
    );
  });
});

describe('source files in full', () => {
  it('list shows them where code comes from them', async () => {
    const script =
      'set listsize 2\nbreak main.c:3\nrun\nlist\nlist\nlist main.c:1\nlist compiled.wasm:5\nlist other.c:1\n';
    const { out, err } = await debug(['-ex', 'set context 0', 'compiled.wasm'], script);
    const listed = out.split('\n').filter((line) => /^(?: {2}|=>) +\d+ {2}/.test(line));
    expect(listed.slice(1, 7).map((line) => line.trim())).toEqual([
      '2    nothing();',
      '=> 3    much();',
      '4    return 0;',
      '5  }',
      '1  int main() {',
      '2    nothing();',
    ]);
    expect(listed[7]).toMatch(/^ {3}4 /);
    expect(err).toMatch(/^error: no code comes from a file 'other\.c'\n/);
  });
});

describe('snapshots', () => {
  it('a run that was stopped and changed goes on elsewhere', async () => {
    const script = 'b fac if $n == 2\nrun\nset $n = 3\nsave fac.snapshot\n';
    const { out } = await debug(['--invoke', 'fac', '-ex', 'set context 0', 'fac.wat', '4'], script);
    expect(out).toMatch(/\nSaved [\d,]+ bytes to fac\.snapshot\.\n$/);
    expect(await glassbox(['resume', 'fac.snapshot'])).toEqual({ code: 0, out: '72\n', err: '' });
  });

  it('what is still to be called is saved, too', async () => {
    await debug(['--invoke', 'get', 'start.wat'], 'start\nsave start.snapshot\n');
    expect(await glassbox(['resume', 'start.snapshot'])).toEqual({ code: 0, out: '2\n', err: '' });
  });

  it('the debugger goes on from them, too, as often as it is told to', async () => {
    await debug(['--invoke', 'fac', 'fac.wat', '4'], 'b fac if $n == 2\nrun\nsave half.snapshot\n');
    const script = 'start\nbt\nset $n = 3\nc\nrun\nb *0x45\nrun\nrecord\ns\nrs\n';
    const { out, err } = await debug(['-ex', 'set context 0', 'half.snapshot'], script);
    expect([err, out.split('\n').filter((line) => !line.startsWith('=>'))]).toEqual([
      '',
      [
        '0x45 in $fac ($n=2)',
        '#0  0x45 in $fac ($n=2)',
        '#1  0x5b in $fac ($n=3)',
        '#2  0x5b in $fac ($n=4)',
        'fac returned 72.',
        'fac returned 24.',
        'Breakpoint 1: 0x45 in $fac',
        'Breakpoint 1, 0x45 in $fac ($n=1)',
        expect.stringMatching(/^Recording from instruction \d+ on\.$/),
        '0x47 in $fac ($n=1)',
        '0x45 in $fac ($n=1)',
        '',
      ],
    ]);
  });

  it('a snapshot that is damaged is refused', async () => {
    writeFileSync(join(folder, 'cut.snapshot'), new Uint8Array([0, 0x67, 0x62, 0x73, 0x6e, 0x61, 0x70, 0x0a, 1]));
    const { code, err } = await debug(['cut.snapshot'], 'run\n');
    expect([code, err.startsWith('error: cut.snapshot: ')]).toEqual([1, true]);
  });

  it('there is nothing to save of a run that has ended', async () => {
    const { err } = await debug(['fac.wat'], 'save a\nrun\nsave a\nsave\n');
    expect(err.split('\n').filter((line) => line.startsWith('error'))).toEqual([
      'error: the program is not being run',
      'error: the run has ended: there is nothing to go on with',
      'error: name a file to save to',
    ]);
  });
});

describe('the command line', () => {
  const help = (args: readonly string[], script = '') => debug(args, script);

  it('-x and -ex run in their order, before standard input', async () => {
    const { out } = await help(['-ex', 'set context 0', '-x', 'commands.txt', '-ex', 'p $count', 'fac.wat'], 'p 7\n');
    expect(out.split('\n').filter((line) => line.startsWith('$'))).toEqual([
      '$main () at fac.wat:13:17',
      '$main () at fac.wat:13:43',
      '$1 = 1',
      '$2 = 1',
      '$3 = 7',
    ]);
  });

  it.each([
    ['goes on after what fails', ['-ex', 'nonsense', '-ex', 'p 1', 'fac.wat'], 'p 2\n', 0, '$1 = 1\n$2 = 2\n'],
    ['--batch leaves standard input alone', ['--batch', '-ex', 'p 1', 'fac.wat'], 'p 2\n', 0, '$1 = 1\n'],
    ['--batch ends at what fails', ['--batch', '-ex', 'nonsense', '-ex', 'p 1', 'fac.wat'], '', 1, ''],
    ['quits where it is told to', ['-ex', 'p 1', '-ex', 'quit', '-ex', 'p 2', 'fac.wat'], 'p 3\n', 0, '$1 = 1\n'],
    ['ends with its input', ['fac.wat'], '', 0, ''],
  ])('%s', async (_, args, script, code, out) => {
    expect(await help(args, script)).toMatchObject({ code, out });
  });

  it('files that read each other come to an end', async () => {
    const { err, code } = await help(['-x', 'endless.txt', 'fac.wat']);
    expect([err, code]).toEqual(['error: files of commands read each other without end\n', 0]);
  });

  it.each([
    ['no file', [], 2, /^error: no file given\n/],
    ['a file that is none', ['nowhere.wat'], 1, /^error: cannot read 'nowhere\.wat'/],
    ['an option that is none', ['--bath', 'fac.wat'], 2, /did you mean '--batch'/],
    ['a file of commands that is none', ['-x', 'nowhere', 'fac.wat'], 1, /^error: cannot read 'nowhere'/],
  ])('%s', async (_, args, code, err) => {
    const outcome = await help(args);
    expect(outcome.code).toBe(code);
    expect(outcome.err).toMatch(err);
  });
});
