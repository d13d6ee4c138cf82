/**
 * Recording → bytes. What an event refers to is named by the numbers that it has in the snapshot: memories, tables,
 * globals, functions and tags by their instance and index, objects of the guest's by the order in which the host
 * was given them.
 */
import { widthOf } from '../../interpreter/index.ts';
import { Func, type Global, type Instance, type Memory, type Table, type Tag } from '../../runtime/index.ts';
import { Exhaustion, HostExit, InternalError, isRef, SnapshotError, Trap, type ValType } from '../../syntax/index.ts';
import { whatText } from '../snapshot/encode.ts';
import { refCodes } from '../snapshot/format.ts';
import { type EncodeOptions, encodeSnapshot } from '../snapshot/index.ts';
import { wordsIn } from '../snapshot/layouts.ts';
import { SnapshotWriter } from '../snapshot/writer.ts';
import type { Stop } from '../stop.ts';
import type { HostEvent, LoggedArguments, LoggedError, LoggedRef } from './events.ts';
import { endCodes, errorCodes, eventCodes, hostRefCodes, type Recording, recordingFormat } from './recording-format.ts';

/**
 * Writes a recording.
 *
 * @throws {SnapshotError} for what cannot be saved, saying what it is and where
 */
export function encodeRecording(recording: Recording, options: EncodeOptions = {}): Uint8Array {
  return new RecordingEncoder(recording, options).encode();
}

/** Where something is: the number of its instance, its index there. */
type Place = readonly [instance: number, index: number];

class Places {
  private readonly found = new Map<object, Place>();

  constructor(instances: readonly Instance[]) {
    for (const [number, { funcs, memories, tables, globals, tags }] of instances.entries()) {
      for (const space of [funcs, memories, tables, globals, tags]) {
        for (const [index, item] of space.entries()) if (!this.found.has(item)) this.found.set(item, [number, index]);
      }
    }
  }

  of(item: object): Place | undefined {
    return this.found.get(item);
  }
}

class RecordingEncoder {
  private readonly recording: Recording;
  private readonly options: EncodeOptions;
  private readonly out = new SnapshotWriter(recordingFormat);
  private readonly places: Places;
  private readonly externs = new Map<unknown, number>();
  /** Host functions in progress, innermost last. */
  private readonly calls: Func[] = [];
  private count: number;

  constructor(recording: Recording, options: EncodeOptions) {
    this.recording = recording;
    this.options = options;
    this.places = new Places(recording.state.instances);
    this.count = recording.state.instructionCount;
  }

  encode(): Uint8Array {
    const { out, recording } = this;
    const { state, limits, events, end, endCount } = recording;
    out.blob(encodeSnapshot(state, this.options));
    out.count(limits.maxFrames);
    out.count(limits.maxStackWords);
    out.count(endCount);
    this.end(end);
    out.count(events.length);
    for (const event of events) this.event(event);
    return out.finish();
  }

  private end(end: Stop | undefined): void {
    if (end === undefined) this.out.u8(endCodes.open);
    else if (end.error === undefined) this.out.u8(endCodes.returned);
    else {
      this.out.u8(endCodes.failed);
      this.endError(end.error);
    }
  }

  private endError(error: unknown): void {
    const { out } = this;
    if (error instanceof HostExit) this.exit(error.exitCode);
    else if (error instanceof Trap) this.trap(error.kind, error.message);
    else if (error instanceof Exhaustion) {
      out.u8(errorCodes.exhaustion);
      out.text(error.kind);
    } else {
      const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
      this.anyError(name, message);
    }
  }

  private event(event: HostEvent): void {
    const { out } = this;
    out.u8(eventCodes[event.kind]);
    switch (event.kind) {
      case 'call':
        this.place(event.func, 'a function');
        this.moment(event.instructionCount);
        this.calls.push(event.func);
        break;
      case 'refused':
        this.moment(event.instructionCount);
        break;
      case 'memory':
        this.place(event.memory, 'a memory');
        out.count(event.byteOffset);
        out.blob(event.bytes);
        break;
      case 'memory.grow':
        this.place(event.memory, 'a memory');
        out.count(event.deltaPages);
        break;
      case 'element':
        this.place(event.table, 'a table');
        out.count(event.index);
        this.ref(event.ref);
        break;
      case 'table.grow':
        this.place(event.table, 'a table');
        out.count(event.delta);
        this.ref(event.init);
        break;
      case 'global':
        this.global(event.global, event);
        break;
      case 'callback':
        this.place(event.func, 'a function');
        this.values(event.args, event.func.type.params);
        break;
      case 'return':
        this.values(event.args, this.currentCall.type.results);
        this.calls.pop();
        break;
      case 'throw':
        this.error(event.error);
        this.calls.pop();
        break;
    }
  }

  private get currentCall(): Func {
    const func = this.calls[this.calls.length - 1];
    if (func === undefined) throw new InternalError('a recording has a return without a call');
    return func;
  }

  private moment(instructionCount: number): void {
    this.out.count(instructionCount - this.count);
    this.count = instructionCount;
  }

  private place(item: Func | Memory | Table | Global | Tag, what: string): void {
    const place = this.places.of(item);
    if (place === undefined) {
      throw new SnapshotError(`${this.where()}: ${what} that no instance has had since the recording began`);
    }
    this.out.count(place[0]);
    this.out.count(place[1]);
  }

  /** The host call in progress, in words. */
  private where(): string {
    const func = this.calls[this.calls.length - 1];
    const [instance, funcidx] = (func && this.places.of(func)) ?? [0, -1];
    const entries = this.recording.state.instances[instance]?.code.module.imports ?? [];
    const entry = entries.filter(({ type }) => type.kind === 'func')[funcidx];
    const name = entry === undefined ? '' : ` to ${JSON.stringify(entry.module)} ${JSON.stringify(entry.name)}`;
    return `host call${name} at instruction ${this.count}`;
  }

  private global(global: Global, { words, ref }: Pick<HostEvent & { kind: 'global' }, 'words' | 'ref'>): void {
    this.place(global, 'a global');
    this.value(global.type.content, words, 0, ref);
  }

  private values({ words, refs }: LoggedArguments, types: readonly ValType[]): void {
    let at = 0;
    for (const type of types) {
      this.value(type, words, at, refs[at >> 1]!);
      at += widthOf(type);
    }
  }

  private value(type: ValType, words: Int32Array, at: number, ref: LoggedRef): void {
    if (isRef(type)) this.ref(ref);
    else for (let i = 0; i < wordsIn(type); i++) this.out.word(words[at + i]!);
  }

  private ref(logged: LoggedRef): void {
    const { out } = this;
    if ('crossed' in logged) {
      out.u8(hostRefCodes.crossed);
      out.count(logged.crossed);
      return;
    }
    const { value } = logged;
    if (value === null) out.u8(refCodes.null);
    else if (value === undefined) out.u8(refCodes.undefined);
    else if (typeof value === 'boolean') out.u8(value ? refCodes.true : refCodes.false);
    else if (typeof value === 'number') this.number(value);
    else if (value instanceof Func) {
      out.u8(refCodes.func);
      this.place(value, 'a function');
    } else this.extern(value);
  }

  private number(value: number): void {
    const { out } = this;
    if (Object.is(value | 0, value)) {
      out.u8(refCodes.integer);
      out.word(value);
    } else {
      out.u8(refCodes.number);
      out.f64(value);
    }
  }

  private extern(value: unknown): void {
    const { out, externs } = this;
    if (typeof value === 'string') {
      out.u8(hostRefCodes.string);
      out.text(value);
    } else if (typeof value === 'bigint') {
      out.u8(hostRefCodes.bigint);
      out.text(value.toString(16));
    } else if (externs.has(value)) {
      out.u8(hostRefCodes.formerExtern);
      out.count(externs.get(value)!);
    } else {
      const bytes = this.options.saveExtern?.(value);
      if (bytes === undefined) {
        throw new SnapshotError(
          `${this.where()}: it gave the guest ${whatText(value)}, which cannot be saved without a hook`,
        );
      }
      externs.set(value, externs.size);
      out.u8(hostRefCodes.extern);
      out.blob(bytes);
    }
  }

  private error(error: LoggedError): void {
    if (error.kind === 'exit') this.exit(error.exitCode);
    else if (error.kind === 'trap') this.trap(error.trap, error.message);
    else if (error.kind === 'error') this.anyError(error.name, error.message);
    else {
      this.out.u8(errorCodes.exception);
      this.place(error.tag, 'a tag');
      this.values(error.args, error.tag.type.params);
    }
  }

  private exit(exitCode: number): void {
    this.out.u8(errorCodes.exit);
    this.out.f64(exitCode);
  }

  private trap(kind: string, message: string): void {
    this.out.u8(errorCodes.trap);
    this.out.text(kind);
    this.out.text(message);
  }

  private anyError(name: string, message: string): void {
    this.out.u8(errorCodes.error);
    this.out.text(name);
    this.out.text(message);
  }
}
