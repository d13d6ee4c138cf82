/** Listings of one module in its own text and in the printed one, and of broken places. */
import { describe, expect, it } from 'vitest';
import { decodeModule } from '../../decoder/index.ts';
import { parseModule, printModule } from '../../text/index.ts';
import { annotation } from './annotation.ts';
import { Listing } from './listing.ts';

const text = `(module
  (import "env" "log" (func $log (param i32)))
  (global $g (mut i32) (i32.const 7))
  (memory 1)
  (func $fac (param $n i32) (result i32)
    (if (result i32) (i32.eqz (local.get $n))
      (then (i32.const 1))
      (else (i32.mul (local.get $n) (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
  (func $main (local i32)
    (call $log (call $fac (i32.const 5)))
    (block $out
      global.get $g
      br_if $out)
    (drop (i32.const 0)))
  (data (i32.const 0) ")"))
`;
const parsed = parseModule(text);
const module = decodeModule(parsed.bytes);
const own = new Listing(module, { text, sourceMap: parsed.sourceMap });
const printed = new Listing(module);

/** Byte offset of the n-th instruction with this text in the printed module. */
function at(instruction: string, n = 0): number {
  const found = [1, 2]
    .flatMap((funcidx) => own.instructions(funcidx))
    .filter(({ byteOffset }) => own.instructionText(byteOffset) === instruction);
  return found[n]!.byteOffset;
}

describe('the printed listing', () => {
  it('has the lines of printModule', () => {
    const lines = Array.from({ length: printed.lineCount }, (_, i) => printed.line(i + 1));
    expect(`${lines.join('\n')}\n`).toBe(printModule(module));
    expect(printed.line(0) + printed.line(printed.lineCount + 1)).toBe('');
  });

  it('finds each instruction on its line and back', () => {
    for (const funcidx of [1, 2]) {
      for (const { byteOffset, id } of printed.instructions(funcidx).slice(0, -1)) {
        const place = printed.place(byteOffset)!;
        const isStop = printed.byteOffsetsOnLine(place.line).length > 0;
        expect(printed.line(place.line).slice(place.column - 1)).toContain(printed.instructionText(byteOffset));
        if (isStop) expect(printed.byteOffsetsOnLine(place.line)).toEqual([byteOffset]);
        expect([id, isStop]).not.toEqual([module.bytes.length, true]);
      }
    }
  });

  it('stops at no delimiter', () => {
    const line = Array.from({ length: printed.lineCount }, (_, i) => i + 1).find(
      (each) => printed.line(each).trim() === 'else',
    )!;
    expect(printed.byteOffsetsOnLine(line)).toEqual([]);
    expect(printed.lineWithCode(line)).toBe(line + 1);
  });
});

describe("the user's own listing", () => {
  it.each([
    ['i32.eqz', { line: 6, column: 23 }],
    ['i32.sub', { line: 8, column: 49 }],
    ['br_if $out', { line: 13, column: 7 }],
  ])('%s', (instruction, place) => {
    expect(own.place(at(instruction))).toMatchObject(place);
  });

  it('knows the instructions of a line in the order of the text', () => {
    expect(own.byteOffsetsOnLine(10).map((byteOffset) => own.instructionText(byteOffset))).toEqual([
      'call $log',
      'call $fac',
      'i32.const 5',
    ]);
  });

  it.each([
    [1, 6],
    [9, 10],
    [15, undefined],
    [-4, 6],
  ])('the first line with code from %i on is %s', (line, expected) => {
    expect(own.lineWithCode(line)).toBe(expected);
  });
});

describe('functions and instructions', () => {
  it.each([
    ['an instruction', at('i32.mul'), 1],
    ['another function', at('drop'), 2],
    ["a function's locals", module.funcs[1]!.entry.byteOffset, 2],
    ['the end of the code', module.funcs[1]!.entry.byteOffset + module.funcs[1]!.entry.byteLength, undefined],
    ['before the code', 8, undefined],
  ])('the function at %s', (_, byteOffset, funcidx) => {
    expect(own.funcidxAt(byteOffset)).toBe(funcidx);
  });

  it('an offset between instructions is none, and goes on to the next', () => {
    const constant = at('i32.const 5');
    expect(own.instruction(constant + 1)).toBeUndefined();
    expect(own.instructionFrom(constant + 1)?.byteOffset).toBe(constant + 2);
    expect(own.instructionFrom(module.funcs[1]!.entry.byteOffset)?.byteOffset).toBe(constant);
  });

  it('an import has none', () => {
    expect(own.instructions(0)).toEqual([]);
  });

  it('the text of the last instruction has no parenthesis of the function', () => {
    const last = printed.instructions(2).at(-2)!;
    expect(printed.instructionText(last.byteOffset)).toBe('drop');
  });
});

describe('annotation', () => {
  const values = (...texts: string[]) => texts.map((each) => ({ text: each }));
  const frame = (byteOffset: number, operands: readonly string[], isWaiting = false) => ({
    byteOffset,
    isWaiting,
    locals: values('5'),
    operands: values(...operands),
  });
  const cases: readonly (readonly [string, ReturnType<typeof frame>, string | undefined])[] = [
    ['two operands', frame(at('i32.sub'), ['9', '5', '1']), '5 1'],
    ["a call's arguments", frame(at('call $fac'), ['9', '4']), '4'],
    ['a call that waits', frame(at('call $fac'), ['9'], true), undefined],
    ['a local that is read', frame(at('local.get $n'), ['9']), '= 5'],
    ['a global that is read', frame(at('global.get $g'), []), '= 7'],
    ['a branch with its condition', frame(at('br_if $out'), ['7']), '7'],
    ['an instruction that takes nothing', frame(at('i32.const 1'), ['9']), undefined],
    ['no instruction', frame(0, []), undefined],
  ];
  it.each(cases)('%s', (_, each, expected) => {
    expect(annotation(own, each, (globalidx) => (globalidx === 0 ? '7' : undefined))).toBe(expected);
  });
});
