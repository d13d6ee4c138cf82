/**
 * A global variable, a tag, and an exception: the store's small entries.
 *
 * @see https://webassembly.github.io/spec/core/exec/runtime.html#global-instances
 */
import type { FuncType, GlobalType } from '../syntax/index.ts';

/** Numbers and vectors live in `words` (lo, hi, x2, x3), references in `ref`. */
export class Global {
  /** Content type in canonical type ids. */
  readonly type: GlobalType;
  readonly words = new Int32Array(4);
  ref: unknown = null;

  constructor(type: GlobalType) {
    this.type = type;
  }
}

/** A tag has identity: two tags of one type are different. */
export class Tag {
  /** Canonical id of its function type. */
  readonly typeId: number;
  /** The payload, in canonical type ids. */
  readonly type: FuncType;

  constructor(typeId: number, type: FuncType) {
    this.typeId = typeId;
    this.type = type;
  }
}

/** An exception: its tag and payload, one slot (two words, or four for v128) and one reference a value. */
export class ExceptionInst {
  readonly tag: Tag;
  readonly words: Int32Array;
  readonly refs: readonly unknown[];

  constructor(tag: Tag, words: Int32Array, refs: readonly unknown[]) {
    this.tag = tag;
    this.words = words;
    this.refs = refs;
  }
}
