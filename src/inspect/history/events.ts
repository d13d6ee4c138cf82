/**
 * What comes to a guest from outside, in the order it came: all that a replay needs besides the state it
 * begins with. A host call is a `call`, then its effects and the calls back it makes, then how it ended.
 */
import { widthOf, wordsOf } from '../../interpreter/index.ts';
import {
  ArrayInst,
  ExceptionInst,
  type Func,
  type Global,
  type HostArguments,
  type Memory,
  StructInst,
  type Table,
  type Tag,
} from '../../runtime/index.ts';
import { isRef, type TrapKind, type ValType } from '../../syntax/index.ts';

export type HostEvent =
  | { readonly kind: 'call'; readonly func: Func; readonly instructionCount: number }
  | { readonly kind: 'memory'; readonly memory: Memory; readonly byteOffset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'memory.grow'; readonly memory: Memory; readonly deltaPages: number }
  | { readonly kind: 'element'; readonly table: Table; readonly index: number; readonly ref: LoggedRef }
  | { readonly kind: 'table.grow'; readonly table: Table; readonly delta: number; readonly init: LoggedRef }
  | { readonly kind: 'global'; readonly global: Global; readonly words: Int32Array; readonly ref: LoggedRef }
  /** The host calls the guest back; its host calls follow before this one goes on. */
  | { readonly kind: 'callback'; readonly func: Func; readonly args: LoggedArguments }
  | { readonly kind: 'return'; readonly args: LoggedArguments }
  | { readonly kind: 'throw'; readonly error: LoggedError }
  /** A memory or table could not grow: a limit of the store, or the host's memory. */
  | { readonly kind: 'refused'; readonly instructionCount: number };

/** A reference that came from the host: one that it had been given by the guest before, by its number, or another. */
export type LoggedRef = { readonly crossed: number } | { readonly value: unknown };

export interface LoggedArguments {
  readonly words: Int32Array;
  readonly refs: readonly LoggedRef[];
}

export type LoggedError =
  | { readonly kind: 'exit'; readonly exitCode: number }
  | { readonly kind: 'trap'; readonly trap: TrapKind; readonly message: string }
  | { readonly kind: 'exception'; readonly tag: Tag; readonly args: LoggedArguments }
  /** Any other error; `value` is itself, in the process that it was thrown in. */
  | { readonly kind: 'error'; readonly name: string; readonly message: string; readonly value?: unknown };

/** Objects of the guest's that host functions have been given, in the order they were. */
export class Crossings {
  refs: unknown[] = [];
  private numbers = new Map<unknown, number>();
  private readonly lost: () => void;

  /** @param lost is told of an object of the guest's that the host has by a way which is not recorded */
  constructor(lost: () => void) {
    this.lost = lost;
  }

  /** Others take their place: a former state has been put back. */
  reset(refs: unknown[]): void {
    this.refs = refs;
    this.numbers = new Map(refs.map((ref, number) => [ref, number]));
  }

  /** The host is given values of `types`. */
  give(refs: readonly unknown[], types: readonly ValType[]): void {
    for (const slot of refSlots(types)) {
      const ref = refs[slot];
      const isObject = typeof ref === 'object' && ref !== null;
      if (!isObject || this.numbers.has(ref)) continue;
      this.numbers.set(ref, this.refs.length);
      this.refs.push(ref);
    }
  }

  log(ref: unknown): LoggedRef {
    const number = this.numbers.get(ref);
    if (number !== undefined) return { crossed: number };
    if (ref instanceof StructInst || ref instanceof ArrayInst || ref instanceof ExceptionInst) this.lost();
    return { value: ref };
  }

  /** Values of `types`; slots of numbers hold no reference, whatever lies there. */
  logAll({ words, refs }: HostArguments, types: readonly ValType[]): LoggedArguments {
    const slots = refSlots(types);
    const count = wordsOf(types);
    const logged: LoggedRef[] = [];
    for (let i = 0; i < count >> 1; i++) logged.push(slots.includes(i) ? this.log(refs[i]) : { value: null });
    return { words: words.slice(0, count), refs: logged };
  }

  find(logged: LoggedRef): unknown {
    return 'crossed' in logged ? this.refs[logged.crossed] : logged.value;
  }

  findAll({ words, refs }: LoggedArguments): HostArguments {
    return { words: words.slice(), refs: refs.map((ref) => this.find(ref)) };
  }
}

/** Which slots of a list of values hold references. */
function refSlots(types: readonly ValType[]): number[] {
  const slots: number[] = [];
  let words = 0;
  for (const type of types) {
    if (isRef(type)) slots.push(words >> 1);
    words += widthOf(type);
  }
  return slots;
}

const EVENT_BYTES = 64;

/** About what an event takes of the host's memory. */
export function eventSize(event: HostEvent): number {
  if (event.kind === 'memory') return EVENT_BYTES + event.bytes.length;
  if (event.kind === 'return' || event.kind === 'callback') {
    return EVENT_BYTES + event.args.words.byteLength + EVENT_BYTES * event.args.refs.length;
  }
  return EVENT_BYTES;
}
