/** Identifiers of one index space: binding in order of definition, looking up, and the complaints. */
import type { Cursor } from './cursor.ts';
import { token } from './lexer.ts';

export class IndexSpace {
  /** The space as messages name it when an identifier is bound twice (`func`) or not at all (`function`). */
  private readonly what: string;
  private readonly whatUnknown: string;
  private readonly indices = new Map<string, number>();
  /** Number of indices given so far. */
  count = 0;
  /** Names for the name section: identifiers, or what `(@name …)` says instead. */
  readonly names = new Map<number, string>();

  constructor(what: string, whatUnknown = what) {
    this.what = what;
    this.whatUnknown = whatUnknown;
  }

  /** Gives the next index, to `id` if there is one; `at` is the identifier's token. */
  bind(id: string | undefined, cursor: Cursor, at = cursor.at - 1): number {
    const index = this.count++;
    if (id === undefined) return index;
    if (this.indices.has(id)) cursor.fail(`duplicate ${this.what} $${id}`, at);
    this.indices.set(id, index);
    this.names.set(index, id);
    return index;
  }

  find(id: string): number | undefined {
    return this.indices.get(id);
  }

  /** An index in numbers or as a bound identifier. */
  index(cursor: Cursor): number {
    const { at } = cursor;
    const id = cursor.acceptId();
    if (id === undefined) return cursor.u32(`a ${this.whatUnknown} index`);
    const index = this.indices.get(id);
    if (index === undefined) cursor.fail(`unknown ${this.whatUnknown} $${id}`, at);
    return index;
  }

  isNext(cursor: Cursor): boolean {
    const { kind } = cursor;
    return kind === token.id || kind === token.nat;
  }
}
