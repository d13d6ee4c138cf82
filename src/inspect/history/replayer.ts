/** Answers a guest's host calls from the events of a recording. */
import { type Fiber, invoke } from '../../interpreter/index.ts';
import { ExceptionInst, type Func, type HostArguments } from '../../runtime/index.ts';
import { HostExit, InternalError, SnapshotError, Trap, UncaughtException } from '../../syntax/index.ts';
import { instructionCountOf } from '../visit.ts';
import type { Crossings, HostEvent, LoggedError } from './events.ts';

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
      throw new SnapshotError(`the recording does not fit the guest: another host call at instruction ${count}`);
    }
    this.crossings.give(args.refs, func.type.params);
    for (;;) {
      const effect = this.next();
      if (effect.kind === 'throw') throw this.errorOf(effect.error);
      if (effect.kind === 'return') return this.finish(args, effect.args);
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

  private finish(args: HostArguments, logged: Parameters<Crossings['findAll']>[0]): undefined {
    const { words, refs } = this.crossings.findAll(logged);
    args.words.set(words.subarray(0, args.words.length));
    refs.forEach((ref, i) => {
      args.refs[i] = ref;
    });
  }

  private apply(t: Fiber, effect: HostEvent): void {
    switch (effect.kind) {
      case 'memory':
        effect.memory.bytes.set(effect.bytes, effect.byteOffset);
        break;
      case 'memory.grow':
        effect.memory.grow(effect.deltaPages);
        break;
      case 'element':
        effect.table.elements[effect.index] = this.crossings.find(effect.ref);
        break;
      case 'table.grow':
        effect.table.grow(effect.delta, this.crossings.find(effect.init));
        break;
      case 'global':
        effect.global.words.set(effect.words);
        effect.global.ref = this.crossings.find(effect.ref);
        break;
      case 'callback':
        callBack(t, effect.func, this.crossings.findAll(effect.args));
        break;
      default:
        throw new SnapshotError('the recording does not fit the guest: a host call within another');
    }
  }

  private errorOf(error: LoggedError): unknown {
    if (error.kind === 'exit') return new HostExit(error.exitCode);
    if (error.kind === 'trap') {
      const trap = new Trap(error.trap);
      trap.message = error.message;
      return trap;
    }
    if (error.kind === 'exception') {
      const { words, refs } = this.crossings.findAll(error.args);
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
