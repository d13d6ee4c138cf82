/**
 * A function body under construction: instructions by name, immediates as numbers. Nothing is checked; what comes out
 * goes through the validator with the rest of the module.
 */
import { ByteWriter, writeBlockType, writeOpcode } from '../../encoder/index.ts';
import { BOTTOM, type HeapType, instrId, type Mnemonic, type ValType } from '../../syntax/index.ts';

export class Code {
  readonly out: ByteWriter;

  /** @param out appended to; a writer of its own unless told */
  constructor(out = new ByteWriter()) {
    this.out = out;
  }

  /** Instructions without immediates, one after the other. */
  op(...names: Mnemonic[]): this {
    for (const name of names) writeOpcode(this.out, instrId(name));
    return this;
  }

  /** An instruction with one index or number as LEB128. */
  at(name: Mnemonic, index: number): this {
    this.op(name);
    this.out.u32(index);
    return this;
  }

  lane(name: Mnemonic, laneidx: number): this {
    this.op(name);
    this.out.u8(laneidx);
    return this;
  }

  i32(value: number): this {
    this.op('i32.const');
    this.out.s32(value);
    return this;
  }

  i64(lo: number, hi: number): this {
    this.op('i64.const');
    this.out.s64(lo, hi);
    return this;
  }

  f32(bits: number): this {
    this.op('f32.const');
    this.out.word(bits);
    return this;
  }

  f64(lo: number, hi: number): this {
    this.op('f64.const');
    this.out.word(lo);
    this.out.word(hi);
    return this;
  }

  v128(words: readonly number[]): this {
    this.op('v128.const');
    for (const word of words) this.out.word(word);
    return this;
  }

  /** `block`, `loop`, `if`, `try`: with no result, one, or those of a function type. */
  block(
    name: Mnemonic,
    type: { readonly result: ValType } | { readonly typeidx: number } | undefined = undefined,
  ): this {
    this.op(name);
    if (type === undefined) writeBlockType(this.out, -1, BOTTOM);
    else if ('typeidx' in type) writeBlockType(this.out, type.typeidx, BOTTOM);
    else writeBlockType(this.out, -1, type.result);
    return this;
  }

  heap(name: Mnemonic, heap: HeapType): this {
    this.op(name);
    this.out.heapType(heap);
    return this;
  }
}
