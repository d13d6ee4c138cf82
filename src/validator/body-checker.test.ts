/** The body checker as lowering uses it: stack and controls after each instruction, and hostile bodies. */
import { describe, expect, it } from 'vitest';
import { decodeModule } from '../decoder/index.ts';
import { abstractHeapTypes, I32, instructions, refType, valTypesText, valTypeText } from '../syntax/index.ts';
import { parseModule } from '../text/index.ts';
import { BodyChecker, validateModule } from './index.ts';

function checkerOf(text: string, funcidx = 0): BodyChecker {
  return new BodyChecker(validateModule(decodeModule(parseModule(text).bytes)), funcidx);
}

/** Each instruction with the operand types after it and the depth of blocks. */
function trace(checker: BodyChecker): string[] {
  const lines: string[] = [];
  while (checker.next()) {
    const { name } = instructions[checker.reader.id]!;
    checker.check();
    lines.push(`${name} ${valTypesText(checker.stack.slice(0, checker.height))} ${checker.depth}`);
  }
  return lines;
}

describe('BodyChecker', () => {
  it('shows the stacks at each instruction', () => {
    const checker = checkerOf(`(module (func (param i32) (result i64)
      i64.const 1 local.get 0 if (param i64) (result i64) i64.const 2 i64.add else return end))`);
    expect(trace(checker)).toEqual([
      'i64.const [i64] 1',
      'local.get [i64 i32] 1',
      'if [i64] 2',
      'i64.const [i64 i64] 2',
      'i64.add [i64] 2',
      'else [i64] 2',
      'return [] 2',
      'end [i64] 1',
      'end [i64] 0',
    ]);
    expect(checker.next()).toBe(false);
  });

  it('says which block is open and whether its rest is reachable', () => {
    const checker = checkerOf('(module (func loop unreachable end))');
    checker.next();
    checker.check();
    expect(instructions[checker.controls[1]!.opcode]!.name).toBe('loop');
    expect(checker.controls[1]!.unreachable).toBe(false);
    checker.next();
    checker.check();
    expect(checker.controls[1]!.unreachable).toBe(true);
  });

  it('goes from one function to another', () => {
    const checker = checkerOf('(module (func (param i32) nop) (func (local f32 f64) f32.const 0 drop))');
    expect(checker.locals.map(valTypeText)).toEqual(['i32']);
    trace(checker);
    checker.start(1);
    expect(checker.locals.map(valTypeText)).toEqual(['f32', 'f64']);
    expect(trace(checker)).toEqual(['f32.const [f32] 1', 'drop [] 1', 'end [] 0']);
    checker.start(0);
    expect(trace(checker)).toEqual(['nop [] 1', 'end [] 0']);
  });

  it('starts afresh after a function that was left half checked', () => {
    const checker = checkerOf(`(module
      (func (param (ref any)) (local (ref any)) block block i32.const 1 drop local.get 0 local.set 1 end end)
      (func (param (ref any)) (local (ref any)) nop))`);
    for (let i = 0; i < 6; i++) {
      checker.next();
      checker.check();
    }
    checker.start(1);
    expect([checker.height, checker.depth]).toEqual([0, 1]);
    expect(() => checker.getLocal(1)).toThrowError(/^uninitialized local 1/);
  });

  it('finds locals far behind the first ones', () => {
    const anyRef = refType(abstractHeapTypes.any, true);
    const locals = Array.from({ length: 700 }, (_, i) => (i % 3 === 0 ? 'i32' : i % 3 === 1 ? 'anyref' : 'f64')).join(
      ' ',
    );
    const checker = checkerOf(`(module (func (param i64 i64) (local ${locals})))`);
    expect(checker.locals).toHaveLength(702);
    for (const localidx of [0, 1, 2, 255, 256, 257, 258, 600, 701]) {
      expect(checker.local(localidx)).toBe(checker.locals[localidx]);
    }
    expect([checker.local(2), checker.local(3)]).toEqual([I32, anyRef]);
    expect(() => checker.local(702)).toThrowError(/^unknown local 702: the function has 702/);
  });
});

/** Bytes of a module with one function of type [] -> [], from its code entry. */
function moduleOf(types: number[], typeidxs: number[], entries: number[][]): Uint8Array {
  const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);
  const section = (id: number, content: number[]) => [id, ...leb(content.length), ...content];
  const code = [...leb(entries.length)];
  for (const entry of entries) {
    code.push(...leb(entry.length));
    for (const byte of entry) code.push(byte);
  }
  const functions = [...leb(typeidxs.length), ...typeidxs];
  return Uint8Array.from(
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
      .concat(section(1, types), section(3, functions))
      .concat(10, leb(code.length))
      .concat(code),
  );
}

const repeat = (count: number, ...bytes: number[]): number[] => Array.from({ length: count }, () => bytes).flat();

describe('hostile bodies', () => {
  const noType = [1, 0x60, 0, 0];
  const verdict = (bytes: Uint8Array) => {
    try {
      validateModule(decodeModule(bytes));
      return 'valid';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('nest blocks 100,000 deep', () => {
    const entry = [0, ...repeat(100_000, 0x02, 0x40), ...repeat(100_001, 0x0b)];
    expect(verdict(moduleOf(noType, [0], [entry]))).toBe('valid');
  });

  it('pile up operands', () => {
    const results = [2, 0x60, 0, 0, 0x60, 0, 0x64, ...repeat(100, 0x7f)];
    const entries = [
      [0, ...repeat(20_000, 0x10, 1), 0x0b],
      [0, 0x00, 0x0b],
    ];
    expect(verdict(moduleOf(results, [0, 1], entries))).toMatch(/^more than 1000000 operands on the stack/);
  });

  it('declare 50,000 locals in each of many functions', () => {
    const entry = [1, 0xd0, 0x86, 0x03, 0x7f, 0x0b];
    const count = 10_000;
    expect(
      verdict(
        moduleOf(
          noType,
          repeat(count, 0),
          Array.from({ length: count }, () => entry),
        ),
      ),
    ).toBe('valid');
  });

  it('branch by large tables', () => {
    const table = [0x41, 0, 0x0e, 0xe8, 0x07, ...repeat(1001, 0)];
    expect(verdict(moduleOf(noType, [0], [[0, ...repeat(500, ...table), 0x0b]]))).toBe('valid');
  });
});
