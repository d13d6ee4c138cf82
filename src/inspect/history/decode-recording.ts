/**
 * Bytes → recording, in a store of this process. Nothing of a host is needed: what the guest imports is answered from
 * the events. The bytes may be anybody's; events that a guest could not have had are a typed error, here when they
 * make no sense and else when the guest comes to them.
 */
import { wordsOf } from '../../interpreter/index.ts';
import { Func, type Instance, type Tag } from '../../runtime/index.ts';
import {
  Exhaustion,
  type ExhaustionKind,
  exhaustionMessages,
  HostExit,
  isRef,
  SnapshotError,
  Trap,
  typeRegistry,
  type ValType,
  valTypeText,
} from '../../syntax/index.ts';
import { refCodes } from '../snapshot/format.ts';
import { type DecodeOptions, decodeSnapshot, type ImportRequest, type MachineState } from '../snapshot/index.ts';
import { slotsOf } from '../snapshot/inventory.ts';
import { wordsIn } from '../snapshot/layouts.ts';
import { fits, readBigint } from '../snapshot/read-values.ts';
import { SnapshotReader } from '../snapshot/reader.ts';
import type { Stop } from '../stop.ts';
import type { HostEvent, LoggedArguments, LoggedError, LoggedRef } from './events.ts';
import {
  endCodes,
  errorCodes,
  eventKinds,
  hostRefCodes,
  type Recording,
  recordingFormat,
  type StackLimits,
  trapKinds,
} from './recording-format.ts';

/** Limits that a recording may ask for at most. */
const MAX_FRAMES = 2 ** 24;
const MAX_STACK_WORDS = 2 ** 28;
const LEAST_EVENT_BYTES = 2;
const NULL_REF: LoggedRef = { value: null };

/** As for a snapshot; the host gives nothing. */
export type DecodeRecordingOptions = Omit<DecodeOptions, 'imports'>;

/**
 * Reads what `encodeRecording` wrote.
 *
 * @throws {SnapshotError} for bytes that are damaged, forged or of another version, modules that are missing or
 *   others
 * @throws {Exhaustion} `memory` or `table` past the budgets
 */
export function decodeRecording(bytes: Uint8Array, options: DecodeRecordingOptions): Recording {
  return new RecordingDecoder(bytes, options).decode();
}

/** A function of the recorded host's: whoever looks on answers in its place. */
function absentHost({ module, name, kind, funcType }: ImportRequest): Func | undefined {
  if (kind !== 'func' || funcType === undefined) return undefined;
  return Func.host(typeRegistry.funcTypeId(funcType), funcType, () => {
    const what = `${JSON.stringify(module)} ${JSON.stringify(name)}`;
    throw new SnapshotError(`the recording has no host: what ${what} would do now is not in it`);
  });
}

class RecordingDecoder {
  private readonly source: SnapshotReader;
  private readonly options: DecodeRecordingOptions;
  private readonly externs: unknown[] = [];
  /** Host functions in progress, innermost last. */
  private readonly calls: Func[] = [];
  private instances: readonly Instance[] = [];
  private count = 0;

  constructor(bytes: Uint8Array, options: DecodeRecordingOptions) {
    this.source = new SnapshotReader(bytes, recordingFormat);
    this.options = options;
  }

  decode(): Recording {
    const { source } = this;
    const state = this.state();
    this.instances = state.instances;
    this.count = state.instructionCount;
    const limits = this.limits();
    const endOffset = source.offset;
    const endCount = source.count();
    const end = this.end();
    const events: HostEvent[] = [];
    for (let left = source.countOf('events', LEAST_EVENT_BYTES); left > 0; left--) events.push(this.event());
    if (!source.isDone) source.fail('bytes are left over');
    // A host call that ends the guest is its last instruction.
    if (endCount < this.count) source.fail('the recording ends before its last event', endOffset);
    return { state, limits, events, endCount, end };
  }

  private state(): MachineState {
    const { source } = this;
    const bytes = source.blob();
    const offset = source.offset - bytes.length;
    let state: MachineState;
    try {
      state = decodeSnapshot(bytes, { ...this.options, imports: absentHost });
    } catch (error) {
      if (!(error instanceof SnapshotError) || error.byteOffset === undefined) throw error;
      throw new SnapshotError(error.message.replace(/ \(at byte \d+\)$/, ''), offset + error.byteOffset);
    }
    if (state.fiber === undefined) source.fail('nothing of the guest is being called', offset);
    return state;
  }

  private limits(): StackLimits {
    const maxFrames = Math.min(this.source.count(), MAX_FRAMES);
    return { maxFrames, maxStackWords: Math.min(this.source.count(), MAX_STACK_WORDS) };
  }

  private end(): Stop | undefined {
    const { source } = this;
    const code = source.u8();
    if (code === endCodes.open) return undefined;
    if (code === endCodes.returned) return { reason: 'exit' };
    if (code !== endCodes.failed) return source.fail('a call cannot have ended so', source.offset - 1);
    const error = this.endError();
    return { reason: error instanceof HostExit ? 'exit' : 'trap', error };
  }

  private endError(): Error {
    const { source } = this;
    const code = source.u8();
    if (code === errorCodes.exit) return new HostExit(this.exitCode());
    if (code === errorCodes.trap) return this.trap();
    if (code === errorCodes.exhaustion) return new Exhaustion(this.exhaustionKind());
    if (code === errorCodes.error) return namedError(source.text(), source.text());
    return source.fail('there is no such error', source.offset - 1);
  }

  private exhaustionKind(): ExhaustionKind {
    const start = this.source.offset;
    const kind = this.source.text();
    const known = Object.keys(exhaustionMessages).find((name) => name === kind);
    return known === undefined ? this.source.fail('there is no such limit', start) : (known as ExhaustionKind);
  }

  private trap(): Trap {
    const start = this.source.offset;
    const name = this.source.text();
    const kind = trapKinds.find((known) => known === name);
    if (kind === undefined) return this.source.fail('there is no such trap', start);
    const trap = new Trap(kind);
    trap.message = this.source.text();
    return trap;
  }

  private exitCode(): number {
    return this.source.f64();
  }

  private event(): HostEvent {
    const { source } = this;
    const start = source.offset;
    const kind = eventKinds[source.u8()];
    const isOutside = this.calls.length === 0 && kind !== 'call' && kind !== 'refused';
    if (kind === undefined || isOutside) return source.fail('there is no such event here', start);
    switch (kind) {
      case 'call':
        return this.call(start);
      case 'refused':
        return { kind, instructionCount: this.moment() };
      case 'memory':
        return { kind, memory: this.entry('memories', 'memory'), byteOffset: source.count(), bytes: this.bytes() };
      case 'memory.grow':
        return { kind, memory: this.entry('memories', 'memory'), deltaPages: this.pages() };
      case 'element': {
        const table = this.entry('tables', 'table');
        return { kind, table, index: source.count(), ref: this.ref(table.type.element) };
      }
      case 'table.grow': {
        const table = this.entry('tables', 'table');
        return { kind, table, delta: this.pages(), init: this.ref(table.type.element) };
      }
      case 'global':
        return this.global();
      case 'callback': {
        const func = this.entry('funcs', 'function');
        if (func.instance === null) source.fail('the host calls back a function of its own', start);
        return { kind, func, args: this.values(func.type.params) };
      }
      case 'return':
        return { kind, args: this.values(this.calls.pop()!.type.results) };
      case 'throw': {
        this.calls.pop();
        return { kind, error: this.error() };
      }
    }
  }

  private call(start: number): HostEvent {
    const func = this.entry('funcs', 'function');
    if (func.host === null) this.source.fail("a host call of a guest's function", start);
    this.calls.push(func);
    return { kind: 'call', func, instructionCount: this.moment() };
  }

  private global(): HostEvent {
    const start = this.source.offset;
    const global = this.entry('globals', 'global');
    if (!global.type.mutable) this.source.fail('the host changes what is immutable', start);
    const { words, refs } = this.values([global.type.content]);
    const all = global.words.slice();
    all.set(words.subarray(0, all.length));
    return { kind: 'global', global, words: all, ref: refs[0] ?? NULL_REF };
  }

  private bytes(): Uint8Array {
    return this.source.blob().slice();
  }

  /** A number of pages or elements; what it comes to is found out when they are asked for. */
  private pages(): number {
    return this.source.index(2 ** 32, 'number of pages or elements');
  }

  private moment(): number {
    const start = this.source.offset;
    this.count += this.source.count();
    if (!Number.isSafeInteger(this.count)) this.source.fail('a number is too large', start);
    return this.count;
  }

  private entry<Space extends 'funcs' | 'memories' | 'tables' | 'globals' | 'tags'>(
    space: Space,
    what: string,
  ): Instance[Space][number] {
    const { source } = this;
    const entries = this.instances[source.index(this.instances.length, 'instance')]![space];
    return entries[source.index(entries.length, what)]!;
  }

  private values(types: readonly ValType[]): LoggedArguments {
    const { source } = this;
    const words = new Int32Array(wordsOf(types));
    const refs: LoggedRef[] = [];
    for (let i = 0; i < words.length >> 1; i++) refs.push(NULL_REF);
    for (const { type, at } of slotsOf(types, 0)) {
      if (isRef(type)) refs[at >> 1] = this.ref(type);
      else for (let i = 0; i < wordsIn(type); i++) words[at + i] = source.word();
    }
    return { words, refs };
  }

  /** One that crossed is looked at when it is needed: which object that is, the run tells. */
  private ref(type: ValType): LoggedRef {
    const { source } = this;
    const start = source.offset;
    const code = source.u8();
    if (code === hostRefCodes.crossed) return { crossed: source.count() };
    const value = this.valueOf(code);
    if (!fits(value, type)) source.fail(`a reference does not fit ${valTypeText(type)}`, start);
    return { value };
  }

  private valueOf(code: number): unknown {
    const { source } = this;
    switch (code) {
      case refCodes.null:
        return null;
      case refCodes.undefined:
        return undefined;
      case refCodes.false:
        return false;
      case refCodes.true:
        return true;
      case refCodes.integer:
        return source.word();
      case refCodes.number:
        return source.f64();
      case refCodes.func:
        return this.entry('funcs', 'function');
      case hostRefCodes.string:
        return source.text();
      case hostRefCodes.bigint:
        return readBigint(source);
      case hostRefCodes.extern:
        return this.extern();
      case hostRefCodes.formerExtern:
        return this.externs[source.index(this.externs.length, 'external reference')];
      default:
        return source.fail('this is no reference', source.offset - 1);
    }
  }

  private extern(): unknown {
    const { source, options } = this;
    const start = source.offset;
    const bytes = source.blob().slice();
    if (options.loadExtern === undefined) {
      return source.fail('the recording holds an external reference: a hook must load it', start);
    }
    const value = options.loadExtern(bytes);
    this.externs.push(value);
    return value;
  }

  private error(): LoggedError {
    const { source } = this;
    const code = source.u8();
    if (code === errorCodes.exit) return { kind: 'exit', exitCode: this.exitCode() };
    if (code === errorCodes.trap) {
      const { kind, message } = this.trap();
      return { kind: 'trap', trap: kind, message };
    }
    if (code === errorCodes.exception) {
      const tag: Tag = this.entry('tags', 'tag');
      return { kind: 'exception', tag, args: this.values(tag.type.params) };
    }
    if (code === errorCodes.error) return { kind: 'error', name: source.text(), message: source.text() };
    return source.fail('there is no such error', source.offset - 1);
  }
}

function namedError(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}
