/**
 * A place that holds a value: a local, an operand, a global, a table's element, a field. It shows the value
 * and lets the viewer change it, with the checks that validation makes of a guest's own writes.
 */
import type { Instance } from '../../runtime/index.ts';
import { isRef, UsageError, unpacked, type ValType } from '../../syntax/index.ts';
import { identifier } from '../../text/index.ts';
import { type Bits, checkRef, wrapped } from './bits.ts';
import { fromJs, toJs, type ValueBridge } from './js-values.ts';
import { parseValue } from './parse-value.ts';
import { type TextBounds, valueText } from './values.ts';

/** Whose names a value is shown with, and what JavaScript sees of references. */
export interface ShowContext {
  readonly instance: Instance | undefined;
  readonly bridge: ValueBridge;
}

export interface SetOptions {
  /** Change even what the guest's code may not. */
  readonly force?: boolean | undefined;
}

export abstract class Variable {
  /** Position among its like. */
  abstract readonly index: number;
  /** From the name section, or an export. */
  abstract readonly name: string | undefined;
  /** The type as text; packed fields `i8` or `i16`. */
  abstract readonly type: string;
  /** The type in canonical ids, packed or not. */
  abstract readonly storage: ValType;
  /** May the guest's code change it? */
  abstract readonly isMutable: boolean;
  protected abstract readonly context: ShowContext;
  /** The place in messages: `local 2 of function 1`. */
  protected abstract readonly where: string;
  protected abstract read(): Bits;
  protected abstract write(bits: Bits): void;

  /** The exact bits. @throws {UsageError} when the place cannot be read now */
  get bits(): Bits {
    return this.read();
  }

  /** As JavaScript sees it: number, bigint, 16 bytes of a v128, null, or a reference. */
  get value(): unknown {
    return toJs(this.storage, this.read(), this.context.bridge);
  }

  /** As the text format writes it. */
  get text(): string {
    return this.textWithin({});
  }

  /** As text, with more or less of an object than usual. */
  textWithin(bounds: TextBounds): string {
    return valueText(this.storage, this.read(), this.context.instance, bounds);
  }

  /**
   * Changes it to a JavaScript value; numbers and vectors may come as text of the text format. What is
   * packed keeps the low bits.
   *
   * @throws {UsageError} for a value that the type does not hold, or an immutable place without `force`
   */
  set(value: unknown, options: SetOptions = {}): void {
    this.setBits(fromJs(unpacked(this.storage), value, this.context.bridge, this.where), options);
  }

  /** As `set`, from text: `-5`, `nan:0x1`, `i32x4 1 2 3 4`, `null`. */
  setText(text: string, options: SetOptions = {}): void {
    this.setBits(parseValue(unpacked(this.storage), text, this.where), options);
  }

  /** As `set`, with exact bits; a reference as the store keeps it. */
  setBits(bits: Bits, { force = false }: SetOptions = {}): void {
    if (!this.isMutable && !force) {
      throw new UsageError(`${this.where} is immutable: pass { force: true } to change it all the same`);
    }
    if (isRef(this.storage)) checkRef(this.storage, bits.ref, this.where);
    this.context.bridge.edits?.();
    this.write(wrapped(this.storage, bits));
  }
}

/** `local 2 ($count)`, or `local 2`. */
export function placeText(kind: string, index: number, name: string | undefined): string {
  return name === undefined || name === '' ? `${kind} ${index}` : `${kind} ${index} (${identifier(name)})`;
}

/** @throws {UsageError} unless `index` is a whole number below `count` */
export function checkIndex(index: number, count: number, what: string): void {
  if (Number.isInteger(index) && index >= 0 && index < count) return;
  const range = count === 0 ? 'there are none' : `they go from 0 to ${count - 1}`;
  throw new UsageError(`there is no ${what} ${String(index)}: ${range}`);
}
