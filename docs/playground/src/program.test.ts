/** Texts and binaries become programs whose instructions are found in both; errors are found in the text. */
import { describe, expect, test } from 'vitest';
import { compile } from '../../../src/index.ts';
import { assemble, disassemble, type Program } from './program.ts';

const text = `(module
  (memory 1)
  (func $f (export "f") (param $n i32) (result i32)
    ;; (i32.const 9)
    (if (result i32) (i32.eqz (local.get $n)) ;; comment
      (then (i32.const 1))
      (else
        (i32.load offset=4
          (local.get $n))))))
`;

function assembled(source: string): Program {
  const found = assemble(source);
  if (!('program' in found)) throw new Error(found.diagnosis.message);
  return found.program;
}

describe('assemble', () => {
  const { code, module } = assembled(text);

  test('finds each instruction in its text: keyword and immediates', () => {
    const found = code.instructionsIn({ from: 0, to: text.length }).map((byteOffset) => code.textOf(byteOffset));
    expect(found).toEqual(
      expect.arrayContaining(['if', 'i32.eqz', 'local.get $n', 'i32.const 1', 'i32.load offset=4']),
    );
  });

  test('goes from text to bytes and back', () => {
    const at = text.indexOf('i32.load');
    const byteOffset = code.instructionAtText(at + 3)!;
    expect(module.bytes[byteOffset]).toBe(0x28);
    expect(code.textRange(byteOffset)).toEqual({ from: at, to: at + 'i32.load offset=4'.length });
    expect(code.instructionAt(byteOffset + 1)).toEqual({ from: byteOffset, to: byteOffset + 3 });
    expect(code.lineOf(byteOffset)).toBe(8);
    expect(code.instructionAtText(text.indexOf('9'))).toBeUndefined();
  });

  test('stops on a line where its first instruction to run is, and on the next line when it has none', () => {
    const startOf = (line: number) =>
      text
        .split('\n')
        .slice(0, line - 1)
        .join('\n').length + 1;
    expect(code.textOf(code.firstStopFrom(startOf(5))!)).toBe('local.get $n');
    expect(code.firstStopFrom(startOf(3))).toBe(code.firstStopFrom(startOf(5)));
    expect(code.textOf(code.firstStopFrom(startOf(8))!)).toBe('i32.load offset=4');
    expect(code.firstStopFrom(text.length)).toBeUndefined();
  });

  test('finds uses of a local', () => {
    expect(code.usesOfLocal(0, 0)).toHaveLength(2);
    expect(code.usesOfLocal(0, 1)).toEqual([]);
  });

  test.each([
    ['a word that is none', '(module (func (i32.foo)))', 'i32.foo'],
    ['a missing parenthesis', '(module', ''],
    ['a type that does not fit', '(module (func (result i32) (i64.const 1)))', ')'],
    ['an operand that is missing', '(module (func (i32.add) drop))', 'i32.add'],
    ['a local that is not there', '(module (func (local.get 3) drop))', 'local.get 3'],
    ['a function that is not there', '(module (func (call $g)))', '$g'],
  ])('finds %s in the text', (_, source, place) => {
    const found = assemble(source);
    if (!('diagnosis' in found)) throw new Error('it is a module');
    const { from, to } = found.diagnosis;
    expect(source.slice(from, to)).toContain(place.split(' ')[0]);
  });
});

describe('disassemble', () => {
  test('maps the lines of the printed text', () => {
    const { program, text: printed } = disassemble(compile(text).bytes);
    const load = printed.indexOf('i32.load');
    const byteOffset = program.code.instructionAtText(load)!;
    expect(program.module.bytes[byteOffset]).toBe(0x28);
    expect(program.code.textOf(byteOffset)).toBe('i32.load offset=4');
  });
});
