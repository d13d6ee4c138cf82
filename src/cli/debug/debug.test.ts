/** Parts of the debugger: its table of commands, completion, formats; and that nothing makes it fail by itself. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { debugCommands } from './command-table.ts';
import { subjects } from './commands/info.ts';
import { complete } from './completion.ts';
import { splitLine } from './debug-command.ts';
import { evaluate } from './expression/index.ts';
import { commandNamed } from './find-command.ts';
import { inGdbWords } from './lldb-words.ts';
import { placeOf } from './places.ts';
import { formatPrintf } from './printf.ts';
import { testDebugger } from './test-debugger.ts';
import { splitWords } from './words.ts';

describe('the table of commands', () => {
  it('has each word once', () => {
    const words = debugCommands.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    expect([...new Set(words)]).toEqual(words);
    const infoWords = subjects.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    expect([...new Set(infoWords)]).toEqual(infoWords);
  });

  it('says in one line what each does', () => {
    for (const { summary } of [...debugCommands, ...subjects]) expect(summary).toMatch(/^[^\n]{5,90}[^.\n]$/);
  });

  const abbreviations: readonly (readonly [string, string])[] = [
    ['r', 'run'],
    ['s', 'step'],
    ['si', 'step'],
    ['n', 'next'],
    ['fin', 'finish'],
    ['fini', 'finish'],
    ['c', 'continue'],
    ['cont', 'continue'],
    ['u', 'until'],
    ['adv', 'advance'],
    ['b', 'break'],
    ['tb', 'tbreak'],
    ['wat', 'watch'],
    ['dis', 'fail'],
    ['disas', 'disassemble'],
    ['disab', 'disable'],
    ['disp', 'display'],
    ['bt', 'backtrace'],
    ['where', 'backtrace'],
    ['f', 'frame'],
    ['p', 'print'],
    ['x', 'x'],
    ['l', 'list'],
    ['i', 'info'],
    ['h', 'help'],
    ['q', 'quit'],
    ['rs', 'reverse-step'],
    ['rn', 'reverse-next'],
    ['rc', 'reverse-continue'],
    ['reverse', 'fail'],
    ['reverse-f', 'reverse-finish'],
    ['who', 'last-write'],
    ['', 'fail'],
    ['xx', 'fail'],
  ];
  it.each(abbreviations)("'%s' is %s", (word, name) => {
    const found = () => commandNamed(debugCommands, word).name;
    if (name === 'fail') expect(found).toThrowError(expect.objectContaining({ name: 'Failure' }));
    else expect(found()).toBe(name);
  });
});

describe('lines', () => {
  it.each([
    ['x/16xb 0x20', { name: 'x', format: '16xb', args: '0x20' }],
    ['  p  $n + 1 ', { name: 'p', format: '', args: '$n + 1' }],
    ['p/x -1', { name: 'p', format: 'x', args: '-1' }],
    ['reverse-step 3', { name: 'reverse-step', format: '', args: '3' }],
    ['p*16', { name: 'p', format: '', args: '*16' }],
    ['!ls', { name: '!', format: '', args: 'ls' }],
  ])('%s', (line, expected) => {
    expect(splitLine(line)).toEqual(expected);
  });

  it.each([
    ['breakpoint set --name fac', 'break fac'],
    ['br s -n fac -c $n == 3', 'break fac if $n == 3'],
    ['br set -f main.c -l 3', 'break main.c:3'],
    ['br delete 2', 'delete 2'],
    ['thread step-over', 'next'],
    ['frame  variable', 'info locals'],
    ['fr v $n', 'print $n'],
    ['memory read 0x20', 'x/32xb 0x20'],
    ['frame 2', 'frame 2'],
    ['b fac', 'b fac'],
    ['expr $n + 1', 'print $n + 1'],
  ])("lldb's '%s' is '%s'", (line, expected) => {
    expect(inGdbWords(line)).toBe(expected);
  });

  it.each([
    ['a b', ['a', 'b']],
    ['  a\t"b c"  d\\ e ', ['a', 'b c', 'd e']],
    [`x'y z'"\\""`, ['xy z"']],
    ['', []],
    ['"a', 'fail'],
  ])('words of %s', (text, words) => {
    if (words === 'fail') expect(() => splitWords(text)).toThrowError('a quote is not closed');
    else expect(splitWords(text)).toEqual(words);
  });
});

describe('completion', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['', debugCommands.map(({ name }) => name).sort()],
    ['rev', ['reverse-continue', 'reverse-finish', 'reverse-next', 'reverse-step']],
    ['b fa', ['fac']],
    ['b $fa', ['$fac']],
    ['b fac if $n', ['$n']],
    ['print $', ['$calls', '$n']],
    ['p 1+ca', ['calls']],
    ['p/x $c', ['$calls']],
    ['info lo', ['locals']],
    ['info functions ma', ['main']],
    ['catch t', ['throw', 'trap']],
    ['catch import pr', ['proc_exit']],
    ['invoke ', ['_start', 'fac']],
    ['help wat', ['watch']],
    ['set con', ['context']],
    ['step ', []],
    ['nonsense x', []],
    ['source package.j', ['package.json']],
  ];
  it.each(cases)("'%s'", async (line, expected) => {
    const { debug, tell } = testDebugger();
    await tell('break fac', 'run');
    expect(complete(debug, line)[0]).toEqual(expected);
  });
});

it('says how to see more frames than none', async () => {
  const { tell } = testDebugger();
  await tell('break fac', 'run');
  expect(await tell('backtrace 0')).toBe("… and more; 'backtrace 2' shows more\n");
});

describe('printf', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['"plain"', 'plain'],
    ['"%d %u %x|%5d|%-5d|%05d", -1, -1, (i32)-1, 42, 42, 42', '-1 4294967295 ffffffff|   42|42   |00042'],
    ['"%s, %s", 32, &memory[0][38]', 'hello, world'],
    ['"%c%c%%\\n", 72, 105', 'Hi%\n'],
    ['"%f %g", 1.5, $calls', '1.5 3'],
    ['"%lld", (i64)5', '5'],
    ['"%05d", -7', '-0007'],
    ['"%999999999999d", 1', 'fail'],
    ['"%d"', 'fail'],
    ['"%d", 1, 2', 'fail'],
    ['%d', 'fail'],
    ['"%q", 1', 'fail'],
  ];
  it.each(cases)('%s', async (text, expected) => {
    const { debug, tell } = testDebugger();
    await tell('break fac if $n == 1', 'run', 'step 4');
    const written = () => formatPrintf(text, debug.scope);
    if (expected === 'fail') expect(written).toThrowError(expect.objectContaining({ name: 'Failure' }));
    else expect(written()).toBe(expected);
  });
});

describe('what there is', () => {
  it.each([
    ['info history', /^recorded: instructions 0 to 3\nnow at 3\n[\d,]+ bytes, checkpoints included: 1\n$/],
    ['info program', /^guest\.wat: _start\nbreakpoint after 3 instructions\n$/],
    ['info imports', /^wasi_snapshot_preview1 proc_exit \(func \(param i32\)\)\n$/],
    ['info functions fa', /^ {5}1 {2}0x[\da-f]+ +fac\n$/],
    [
      'info functions proc',
      /^ {5}0 {2}imported {2}wasi_snapshot_preview1\.proc_exit\n$|^ {5}0 {2}imported {2}proc_exit\n$/,
    ],
    ['info tables', /^table 0: 2 elements of funcref\n$/],
    ['info line', /^byte 0x[\da-f]+, line 8 of the text\n$/],
    ['show', /^context {3}2\nlistsize {2}10\ncalls {5}on\nrecord {4}on\nargs\n$/],
  ])('%s', async (line, expected) => {
    const { tell } = testDebugger();
    await tell('record', 'break fac', 'run');
    expect(await tell(line)).toMatch(expected);
  });
});

describe('places', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['fac', 'global.get $calls'],
    ['$fac', 'global.get $calls'],
    ['$"fac"', 'global.get $calls'],
    ['1', 'global.get $calls'],
    ['function 1', 'global.get $calls'],
    ['_start', 'i32.const 16'],
    ['guest.wat:9', 'local.get $n'],
    ['9', 'local.get $n'],
    ['proc_exit', 'fail'],
    ['77', 'fail'],
    ['nothing', 'fail'],
    ['nothing.c:3', 'fail'],
    ['*1', 'fail'],
    ['*x', 'fail'],
    ['', 'fail'],
  ];
  it.each(cases)("'%s' is at %s", (text, instruction) => {
    const { debug } = testDebugger();
    const found = () => placeOf(debug.program, text).byteOffsets.map((at) => debug.program.listing.instructionText(at));
    if (instruction === 'fail') expect(found).toThrowError(expect.objectContaining({ name: 'Failure' }));
    else expect(found()).toEqual([instruction]);
  });
});

describe('whatever is typed', () => {
  const words = [
    ...['', '0', '1', '3', '-1', '99', '0x10', '1-3', '2 5', '$n', '$calls', '$x', '$1', '$', '$pc', '$count'],
    ...['fac', 'main', 'proc_exit', '9', '12', '*0x10', 'guest.wat:9', 'fac if $n == 1', 'if', 'if 1', '1 $n > 1'],
    ...['*16', '*(u8*)32@5', '*16:4', '*(f64*)16', '&memory[0][16]', 'memory[0][65535]', 'table[0][1]', 'table[9][9]'],
    ...[
      'operand[0]',
      'local[0]',
      'global[0]',
      'local n',
      'local 0',
      'global calls',
      '"%d\\n", $n',
      '"',
      '(',
      ')',
      '1 +',
    ],
    ...['$n = 2', '$calls = -1', 'operand[0] = 7', '*16 = 1', '$mine = 5', 'context 1', 'calls off', 'record on'],
    ...['args 1 2', 'listsize 2', 'start', 'end', 'stop', '+2', '-2', 'trap', 'throw', 'grow', 'import', 'locals', 'b'],
    ...[
      'operands',
      'labels',
      'frame',
      'history',
      'fac, "n %d\\n", $n',
      '-',
      '1,3',
      '2 $nothing',
      '1.5',
      'nan',
      '(u8)300',
    ],
  ];
  const formats = ['', '', '', '/x', '/16xb', '/s', '/4dw', '/r', '/zz', '/c', '/999999999x'];
  const excluded = new Set(['quit', 'source', 'save']);
  const names = debugCommands.map(({ name }) => name).filter((name) => !excluded.has(name));
  const line = fc
    .tuple(fc.constantFrom(...names), fc.constantFrom(...formats), fc.constantFrom(...words))
    .map(([name, format, args]) => `${name}${format} ${args}`);

  it('is answered, and nothing fails inside', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 25 }), async (lines) => {
        const { debug, tell } = testDebugger();
        const written = await tell('record', 'break fac', 'run', ...lines);
        debug.end();
        expect(written).not.toContain('internal error');
      }),
      { numRuns: 150 },
    );
  });

  it('expressions of any text are values or failures', async () => {
    const { debug, tell } = testDebugger();
    await tell('break fac', 'run');
    const pieces = [
      '$n',
      '1',
      '*',
      '(',
      ')',
      '+',
      '[',
      ']',
      '@',
      '=',
      '&',
      'memory',
      'local',
      '-',
      '?',
      ':',
      '1.5',
      '<<',
      'i32',
    ];
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(' '));
    fc.assert(
      fc.property(fc.oneof(text, fc.string()), (each) => {
        try {
          evaluate(each, debug.scope);
        } catch (error) {
          expect(error).toMatchObject({ name: expect.stringMatching(/^(?:Failure|UsageError)$/) });
        }
      }),
      { numRuns: 2000 },
    );
  });
});
