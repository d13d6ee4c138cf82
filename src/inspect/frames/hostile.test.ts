/** Places of valid functions made to take all time and memory. What grows faster than the body does not end here. */
import { describe, expect, test } from 'vitest';
import { compile } from '../../api/index.ts';
import { ByteWriter, encodeModule } from '../../encoder/index.ts';
import type { Code } from '../../runtime/index.ts';
import { type FuncType, I32, type LocalGroup, type ValType } from '../../syntax/index.ts';
import { describePlace, instructionOffsets } from './place.ts';

const NOP = 0x01;
const BLOCK = 0x02;
const LOOP = 0x03;
const BR_IF = 0x0d;
const BR_TABLE = 0x0e;
const CALL = 0x10;
const DROP = 0x1a;
const LOCAL_GET = 0x20;
const I32_CONST = 0x41;
const I32_EQZ = 0x45;
const END = 0x0b;
const EMPTY_TYPE = 0x40;
const I32_TYPE = 0x7f;

const many: readonly ValType[] = new Array(1000).fill(I32);
const types: readonly FuncType[] = [
  { kind: 'func', params: [I32], results: [] },
  { kind: 'func', params: [], results: many },
  { kind: 'func', params: many, results: [] },
  { kind: 'func', params: many, results: many },
];
/** Functions 1 to 3 have types 1 to 3; type indices are block types too. */
const MAKE_MANY = 1;
const TAKE_MANY = 2;
const MANY_TO_MANY = 3;

/** Function 0 of type `[i32] -> []`, with a body of bytes. */
function codeOf(write: (out: ByteWriter) => void, locals: readonly LocalGroup[] = []): Code {
  const out = new ByteWriter();
  const body = (bytes: (into: ByteWriter) => void) => {
    const byteOffset = out.length;
    bytes(out);
    out.u8(END);
    return { byteOffset, byteLength: out.length - byteOffset };
  };
  const unreachable = () => body((into) => into.u8(0));
  const funcs = [
    { typeidx: 0, locals, body: body(write) },
    ...[1, 2, 3].map((typeidx) => ({ typeidx, locals: [], body: unreachable() })),
  ];
  const { bytes } = encodeModule({
    imports: [],
    tables: [],
    memories: [],
    globals: [],
    tags: [],
    exports: [],
    start: undefined,
    elems: [],
    hasDataCount: false,
    datas: [],
    customs: [],
    names: undefined,
    recGroups: types.map((comp) => ({ types: [{ final: true, supertypes: [], comp }] })),
    funcs,
    bytes: out.toBytes(),
  });
  return compile(bytes).code.codes[0]!;
}

function repeat(out: ByteWriter, count: number, bytes: readonly number[]): void {
  for (let i = 0; i < count; i++) for (const byte of bytes) out.u8(byte);
}

/** The place before the last instruction but `fromEnd`. */
function placeFromEnd(code: Code, fromEnd: number) {
  const offsets = instructionOffsets(code);
  return describePlace(code, offsets[offsets.length - 1 - fromEnd]!, false);
}

describe('hostile functions', () => {
  test('a million nested blocks', () => {
    const depth = 999_999;
    const code = codeOf((out) => {
      repeat(out, depth, [BLOCK, EMPTY_TYPE]);
      out.u8(NOP);
      repeat(out, depth, [END]);
    });
    const place = placeFromEnd(code, depth + 1);
    expect(place.mnemonic).toBe('nop');
    expect(place.labels).toHaveLength(depth + 1);
    expect(place.labels[depth]).toMatchObject({ kind: 'func', byteOffset: code.func.body.byteOffset });
    expect(place.labels[0]!.targetByteOffset).toBe(place.byteOffset + 2);
  });

  test('a hundred thousand joins, one inside of the other', () => {
    const depth = 100_000;
    const code = codeOf((out) => {
      repeat(out, depth, [BLOCK, I32_TYPE]);
      repeat(out, 1, [I32_CONST, 5]);
      repeat(out, depth, [LOCAL_GET, 0, BR_IF, 0, END]);
      out.u8(DROP);
    });
    const { operands } = placeFromEnd(code, 1);
    expect(operands[0]!.producers.map((pc) => describePlace(code, pc, false).instruction)).toEqual(['i32.const 5']);
  });

  test('joins of too many paths: the search ends, and says so', () => {
    const depth = 200_000;
    const code = codeOf((out) => {
      repeat(out, depth, [BLOCK, I32_TYPE]);
      repeat(out, 1, [I32_CONST, 5]);
      repeat(out, depth, [LOCAL_GET, 0, BR_IF, 0, I32_EQZ, END]);
      out.u8(DROP);
    });
    expect(placeFromEnd(code, 1).operands[0]!.hasMoreProducers).toBe(true);
  });

  test('50,000 locals', () => {
    const code = codeOf((out) => repeat(out, 20_000, [NOP]), [{ count: 49_999, type: I32 }]);
    const places = instructionOffsets(code).map((pc) => describePlace(code, pc, false));
    expect(places[0]!.locals).toHaveLength(50_000);
    expect(places.every(({ locals }) => locals === places[0]!.locals)).toBe(true);
  });

  test('tables of 65,520 labels', () => {
    const depth = 65_520;
    const tableCount = 3;
    const code = codeOf((out) => {
      repeat(out, depth, [BLOCK, I32_TYPE]);
      for (let i = 0; i < tableCount; i++) {
        repeat(out, 1, [BLOCK, EMPTY_TYPE, LOCAL_GET, 0, BR_IF, 0, I32_CONST, i, LOCAL_GET, 0, BR_TABLE]);
        out.u32(depth - 1);
        for (let label = 1; label <= depth; label++) out.u32(label);
        out.u8(END);
      }
      repeat(out, 1, [I32_CONST, 63]);
      repeat(out, depth, [END]);
      out.u8(DROP);
    });
    expect(placeFromEnd(code, 1).operands[0]!.producers).toHaveLength(tableCount + 1);
    // The innermost block's result is that of the tables and its own.
    expect(placeFromEnd(code, depth).operands[0]!.producers).toHaveLength(tableCount + 1);
  });

  test('a thousand operands at once, again and again', () => {
    const code = codeOf((out) => {
      repeat(out, 1, [CALL, MAKE_MANY, LOOP, MANY_TO_MANY]);
      repeat(out, 20_000, [LOCAL_GET, 0, BR_IF, 0, CALL, MANY_TO_MANY]);
      repeat(out, 1, [END, CALL, TAKE_MANY]);
    });
    const { operands } = placeFromEnd(code, 1);
    expect(operands).toHaveLength(1000);
    expect(operands.every(({ producers }) => producers.length === 1)).toBe(true);
    const inLoop = describePlace(code, instructionOffsets(code)[2]!, false);
    expect(inLoop.operands[999]!.producers).toHaveLength(20_000);
  });
});
