/** Byte offsets ↔ lines, on a module whose sections come in another order than its text. */
import { describe, expect, it } from 'vitest';
import { decodeModule, InstructionReader } from '../decoder/index.ts';
import { instructions } from '../syntax/index.ts';
import { parseModule } from './index.ts';

const source = `(module
  (func $f (param i32) (result i32) (local i64)
    local.get 0
    (i32.add (i32.const 1)
      (i32.const 2)) drop\r
    (block (br_if 0 (i32.const 3))))
  (data (offset (i32.const 4)) "text")
  (memory 1)
  (global $g i32
    (i32.const 5)))`;

const { bytes, sourceMap } = parseModule(source);
const lines = source.split(/\r\n|\n/);

/** Every instruction of the module as byte offset and keyword. */
function allInstructions(): [byteOffset: number, name: string][] {
  const { funcs, globals, datas } = decodeModule(bytes);
  const offsets = datas.flatMap(({ offset }) => offset ?? []);
  const exprs = [...globals.map(({ init }) => init), ...funcs.map(({ body }) => body), ...offsets];
  return exprs.flatMap(({ byteOffset, byteLength }) => {
    const reader = new InstructionReader(bytes, byteOffset, byteOffset + byteLength);
    const found: [number, string][] = [];
    while (!reader.done) {
      reader.next();
      found.push([reader.at, instructions[reader.id]!.name]);
    }
    return found;
  });
}

describe('SourceMap', () => {
  it('knows the place of every instruction: its keyword, or the parenthesis that closes its block', () => {
    const all = allInstructions();
    expect(sourceMap.size).toBe(all.length);
    for (const [byteOffset, name] of all) {
      const position = sourceMap.position(byteOffset)!;
      expect(position).toBeDefined();
      const written = lines[position.line - 1]!.slice(position.column - 1);
      expect(written.startsWith(name === 'end' ? ')' : name)).toBe(true);
      expect(source.slice(position.offset).startsWith(written)).toBe(true);
    }
  });

  it('has no place for bytes that begin no instruction', () => {
    expect(sourceMap.position(0)).toBeUndefined();
    const [[first]] = allInstructions() as [[number, string]];
    expect(sourceMap.position(first + 1)).toBeUndefined();
    expect(sourceMap.position(bytes.length + 100)).toBeUndefined();
  });

  it.each([
    [1, []],
    [3, ['local.get']],
    [4, ['i32.add', 'i32.const']],
    [5, ['i32.const', 'drop']],
    [6, ['block', 'br_if', 'i32.const', 'end', 'end']],
    [7, ['i32.const', 'end']],
    [9, []],
    [10, ['i32.const', 'end']],
    [11, []],
    [0, []],
  ])('gives the instructions of line %i in the order of the text', (line, names) => {
    const nameAt = new Map(allInstructions());
    expect(sourceMap.byteOffsetsOnLine(line).map((byteOffset) => nameAt.get(byteOffset))).toEqual(names);
  });
});
