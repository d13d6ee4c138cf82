/** Answers a guest's host calls from the events of a recording. */
import { type Fiber, invoke } from '../../interpreter/index.ts';
import { ExceptionInst, type Func, type Global, type HostArguments, type Memory } from '../../runtime/index.ts';
import {
  HostExit,
  InternalError,
  isRef,
  SnapshotError,
  Trap,
  UncaughtException,
  type ValType,
} from '../../syntax/index.ts';
import { slotsOf } from '../snapshot/inventory.ts';
import { fits } from '../snapshot/read-values.ts';
import { instructionCountOf } from '../visit.ts';
import type { Crossings, HostEvent, LoggedArguments, LoggedError, LoggedRef } from './events.ts';

export class Replayer {
  /** Events that have been replayed. */
  position = 0;
  private readonly events: readonly HostEvent[];
  private readonly crossings: Crossings;

  constructor(events: readonly HostEvent[], crossings: Crossings) {
    this.events = events;
    this.crossings = crossings;
  }

  /** @throws what the host function threw; {SnapshotError} when the guest does not do what was recorded */
  callHost(t: Fiber, func: Func, args: HostArguments): undefined {
    const event = this.next();
    const count = instructionCountOf(t);
    if (event.kind !== 'call' || event.func !== func || event.instructionCount !== count) {
      this.misfit(`another host call at instruction ${count}`);
    }
    this.crossings.give(args.refs, func.type.params);
    for (;;) {
      const effect = this.next();
      if (effect.kind === 'throw') throw this.errorOf(effect.error);
      if (effect.kind === 'return') return this.finish(args, effect.args, func.type.results);
      this.apply(t, effect);
    }
  }

  /** Was growth refused here? */
  refusesGrowth(t: Fiber): boolean {
    const event = this.events[this.position];
    if (event?.kind !== 'refused' || event.instructionCount !== instructionCountOf(t)) return false;
    this.position++;
    return true;
  }

  private next(): HostEvent {
    const event = this.events[this.position];
    if (event === undefined) throw new SnapshotError('the recording ends inside of a host call');
    this.position++;
    return event;
  }

  private finish(args: HostArguments, logged: LoggedArguments, results: readonly ValType[]): undefined {
    const { words, refs } = this.findAll(logged, results);
    args.words.set(words.subarray(0, args.words.length));
    refs.forEach((ref, i) => {
      args.refs[i] = ref;
    });
  }

  /** @throws {SnapshotError} when it is none of the type, which is in canonical ids */
  private find(logged: LoggedRef, type: ValType): unknown {
    const ref = this.crossings.find(logged);
    if ('crossed' in logged && !fits(ref, type)) this.misfit('a reference has another type');
    return ref;
  }

  private findAll(logged: LoggedArguments, types: readonly ValType[]): HostArguments {
    for (const { type, at } of slotsOf(types, 0)) if (isRef(type)) this.find(logged.refs[at >> 1]!, type);
    return this.crossings.findAll(logged);
  }

  private misfit(what: string): never {
    throw new SnapshotError(`the recording does not fit the guest: ${what}`);
  }

  private apply(t: Fiber, effect: HostEvent): void {
    switch (effect.kind) {
      case 'memory':
        this.write(effect.memory, effect.byteOffset, effect.bytes);
        break;
      case 'memory.grow':
        if (effect.memory.grow(effect.deltaPages) < 0) this.misfit('a memory cannot grow as it did');
        break;
      case 'element':
        if (effect.index >= effect.table.length) this.misfit('a table has become shorter');
        effect.table.elements[effect.index] = this.find(effect.ref, effect.table.type.element);
        break;
      case 'table.grow': {
        const init = this.find(effect.init, effect.table.type.element);
        if (effect.table.grow(effect.delta, init) < 0) this.misfit('a table cannot grow as it did');
        break;
      }
      case 'global':
        this.setGlobal(effect.global, effect);
        break;
      case 'callback':
        callBack(t, effect.func, this.findAll(effect.args, effect.func.type.params));
        break;
      default:
        this.misfit('a host call within another');
    }
  }

  private write(memory: Memory, byteOffset: number, bytes: Uint8Array): void {
    if (byteOffset + bytes.length > memory.byteLength) this.misfit('the host wrote beyond the end of a memory');
    memory.bytes.set(bytes, byteOffset);
  }

  private setGlobal(global: Global, { words, ref }: Pick<HostEvent & { kind: 'global' }, 'words' | 'ref'>): void {
    global.words.set(words);
    if (isRef(global.type.content)) global.ref = this.find(ref, global.type.content);
  }

  private errorOf(error: LoggedError): unknown {
    if (error.kind === 'exit') return new HostExit(error.exitCode);
    if (error.kind === 'trap') {
      const trap = new Trap(error.trap);
      trap.message = error.message;
      return trap;
    }
    if (error.kind === 'exception') {
      const { words, refs } = this.findAll(error.args, error.tag.type.params);
      return new UncaughtException(new ExceptionInst(error.tag, words, refs), undefined);
    }
    if (error.value !== undefined) return error.value;
    const rebuilt = new Error(error.message);
    rebuilt.name = error.name;
    return rebuilt;
  }
}

/** What the host made of the outcome is in the events that follow. */
function callBack(t: Fiber, func: Func, args: HostArguments): void {
  try {
    invoke(t, func, args);
  } catch (error) {
    if (error instanceof SnapshotError || error instanceof InternalError) throw error;
  }
}
