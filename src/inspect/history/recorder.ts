/** Writes down what host functions do to a guest while it runs: one event list, in order. */
import type { Fiber } from '../../interpreter/index.ts';
import {
  type EffectSink,
  ExceptionInst,
  type Func,
  type Global,
  type HostArguments,
  hostEffects,
  type Instance,
  type Memory,
  type Table,
} from '../../runtime/index.ts';
import { HostExit, Trap, UncaughtException } from '../../syntax/index.ts';
import { instructionCountOf } from '../visit.ts';
import { type Crossings, eventSize, type HostEvent, type LoggedError } from './events.ts';
import { HostWrites } from './host-writes.ts';

export class Recorder implements EffectSink {
  readonly events: HostEvent[];
  /** About what the events take, in bytes. */
  byteLength = 0;
  private readonly crossings: Crossings;
  private readonly writes = new HostWrites();
  /** Host calls in progress, nested. */
  private depth = 0;

  constructor(events: HostEvent[], crossings: Crossings) {
    this.events = events;
    this.crossings = crossings;
    for (const event of events) this.byteLength += eventSize(event);
  }

  add(event: HostEvent): void {
    this.events.push(event);
    this.byteLength += eventSize(event);
  }

  /** An event is no longer kept. */
  forget(event: HostEvent): void {
    this.byteLength -= eventSize(event);
  }

  /** Calls a host function and writes down what it does. */
  callHost(t: Fiber, func: Func, caller: Instance, args: HostArguments): Promise<void> | undefined {
    this.add({ kind: 'call', func, instructionCount: instructionCountOf(t) });
    this.crossings.give(args.refs, func.type.params);
    this.open();
    let promise: Promise<void> | undefined;
    try {
      promise = func.host!(caller, args);
    } catch (error) {
      this.close({ kind: 'throw', error: this.logError(error) });
      throw error;
    }
    if (promise === undefined) {
      this.close({ kind: 'return', args: this.crossings.logAll(args, func.type.results) });
      return undefined;
    }
    return promise.then(
      () => this.close({ kind: 'return', args: this.crossings.logAll(args, func.type.results) }),
      (error: unknown) => {
        this.close({ kind: 'throw', error: this.logError(error) });
        throw error;
      },
    );
  }

  /** The host function in progress calls the guest back. */
  calledBack(func: Func, args: HostArguments): void {
    this.flush();
    this.add({ kind: 'callback', func, args: this.crossings.logAll(args, func.type.params) });
  }

  private open(): void {
    this.flush();
    this.depth++;
    hostEffects.sink = this;
  }

  private close(event: HostEvent): void {
    this.flush();
    this.depth--;
    if (this.depth === 0) hostEffects.sink = null;
    this.add(event);
  }

  private flush(): void {
    for (const write of this.writes.take()) this.add({ kind: 'memory', ...write });
  }

  private logError(error: unknown): LoggedError {
    if (error instanceof HostExit) return { kind: 'exit', exitCode: error.exitCode };
    if (error instanceof Trap) return { kind: 'trap', trap: error.kind, message: error.message };
    if (error instanceof UncaughtException && error.exception instanceof ExceptionInst) {
      const { tag, words, refs } = error.exception;
      return { kind: 'exception', tag, args: this.crossings.logAll({ words, refs: [...refs] }, tag.type.params) };
    }
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    return { kind: 'error', name, message, value: error };
  }

  // What host functions do through the embedding API.

  touched(memory: Memory, byteOffset: number, byteLength: number): void {
    this.writes.touched(memory, byteOffset, byteLength);
  }

  growsMemory(memory: Memory, deltaPages: number): void {
    this.flush();
    this.add({ kind: 'memory.grow', memory, deltaPages });
  }

  setsElement(table: Table, index: number, ref: unknown): void {
    this.add({ kind: 'element', table, index, ref: this.crossings.log(ref) });
  }

  growsTable(table: Table, delta: number, init: unknown): void {
    this.add({ kind: 'table.grow', table, delta, init: this.crossings.log(init) });
  }

  setGlobal(global: Global): void {
    const { words, ref } = global;
    this.add({ kind: 'global', global, words: words.slice(), ref: this.crossings.log(ref) });
  }
}
