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
  /** Instructions when the outermost of them was made, itself among them. */
  private outermostCount = 0;
  /** Events before the outermost host call in progress. */
  outermostAt = 0;
  private formerSink: EffectSink | null = null;
  /** Growth that has been written down before it came. */
  private growing: { readonly at: number; readonly hasCome: () => boolean } | undefined;

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

  /** The moment before the host call in progress; undefined when there is none. */
  get callCount(): number | undefined {
    return this.depth === 0 ? undefined : this.outermostCount - 1;
  }

  /** Calls a host function and writes down what it does. */
  callHost(t: Fiber, func: Func, caller: Instance, args: HostArguments): Promise<void> | undefined {
    const instructionCount = instructionCountOf(t);
    this.flush();
    if (this.depth === 0) {
      this.outermostCount = instructionCount;
      this.outermostAt = this.events.length;
    }
    this.add({ kind: 'call', func, instructionCount });
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
    if (this.depth === 0) this.formerSink = hostEffects.sink;
    this.depth++;
    hostEffects.sink = this;
  }

  private close(event: HostEvent): void {
    this.flush();
    this.depth--;
    if (this.depth === 0) hostEffects.sink = this.formerSink;
    this.add(event);
  }

  private flush(): void {
    this.checkGrowth();
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
    const pageCount = memory.pageCount + deltaPages;
    this.growing = { at: this.events.length, hasCome: () => memory.pageCount >= pageCount };
    this.add({ kind: 'memory.grow', memory, deltaPages });
  }

  /** What a limit has refused is no event. */
  private checkGrowth(): void {
    const { growing } = this;
    this.growing = undefined;
    if (growing === undefined || growing.hasCome()) return;
    const [event] = this.events.splice(growing.at, 1);
    this.forget(event!);
  }

  setsElement(table: Table, index: number, ref: unknown): void {
    this.add({ kind: 'element', table, index, ref: this.crossings.log(ref) });
  }

  growsTable(table: Table, delta: number, init: unknown): void {
    this.flush();
    const length = table.length + delta;
    this.growing = { at: this.events.length, hasCome: () => table.length >= length };
    this.add({ kind: 'table.grow', table, delta, init: this.crossings.log(init) });
  }

  setGlobal(global: Global): void {
    const { words, ref } = global;
    this.add({ kind: 'global', global, words: words.slice(), ref: this.crossings.log(ref) });
  }
}
