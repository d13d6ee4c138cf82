/**
 * What a guest of the page can reach: WASI on a host in memory, a few functions that print, and for everything else
 * stand-ins that tell of their calls and return zeros. All of it is deterministic, so that a run can be done again.
 */
import {
  type Caller,
  decodeUtf8,
  Global,
  hostFunction,
  type Imports,
  type ImportValue,
  Memory,
  type Module,
  memoryHost,
  type OutputStream,
  Table,
  Tag,
  Wasi,
} from '../../../src/index.ts';
import { type FuncType, type Import, isNullable, isRef, type ValType, valTypeText } from '../../../src/syntax/index.ts';

export type OutputKind = 'stdout' | 'stderr' | 'call';

export interface OutputEvent {
  /** The store's count when it was written. */
  readonly instructionCount: number;
  readonly kind: OutputKind;
  readonly text: string;
}

/** A module asks for what this page cannot give. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/** More output than this is dropped, and said to be. */
const MAX_EVENTS = 20_000;

export class Environment {
  readonly imports: Imports;
  private readonly wasi: Wasi;
  private events: OutputEvent[] = [];
  private readonly now: () => number;

  /** @throws {EnvironmentError} when the module imports what cannot be made up */
  constructor(module: Module, stdin: string, now: () => number) {
    this.now = now;
    this.wasi = new Wasi({
      args: ['program.wasm'],
      host: memoryHost({ stdin }),
      stdout: this.stream('stdout'),
      stderr: this.stream('stderr'),
    });
    this.imports = this.makeImports(module);
  }

  /** What had been written by a moment. */
  outputAt(instructionCount: number): readonly OutputEvent[] {
    const { events } = this;
    let length = events.length;
    while (length > 0 && events[length - 1]!.instructionCount > instructionCount) length--;
    return events.slice(0, length);
  }

  /** The run goes another way from here: what was written later was never written. */
  dropAfter(instructionCount: number): void {
    this.events = [...this.outputAt(instructionCount)];
  }

  private write(kind: OutputKind, text: string): void {
    const { events } = this;
    if (events.length > MAX_EVENTS) return;
    const isLast = events.length === MAX_EVENTS;
    events.push({ instructionCount: this.now(), kind, text: isLast ? '\n(more output is not shown)\n' : text });
  }

  private stream(kind: OutputKind): OutputStream {
    return {
      isTerminal: true,
      write: (bytes) => this.write(kind, textOf(bytes)),
      flush: () => {},
    };
  }

  private makeImports(module: Module): Imports {
    const imports: Record<string, Record<string, ImportValue>> = {};
    const { wasi_snapshot_preview1: wasi } = this.wasi.imports as Imports;
    for (const entry of module.syntax.imports) {
      const inModule: Record<string, ImportValue> = imports[entry.module] ?? Object.create(null);
      imports[entry.module] = inModule;
      const known = entry.module === 'wasi_snapshot_preview1' ? wasi?.[entry.name] : undefined;
      inModule[entry.name] = known ?? this.standIn(module, entry);
    }
    return imports;
  }

  private standIn(module: Module, entry: Import): ImportValue {
    const { type } = entry;
    switch (type.kind) {
      case 'func':
        return this.standInFunction(entry, module.syntax.types[type.typeidx]!.comp as FuncType);
      case 'memory': {
        const { limits, shared } = type.type;
        return new Memory({ initial: limits.min, maximum: limits.max, shared });
      }
      case 'table': {
        const { limits, element } = type.type;
        return new Table({ element: valTypeText(element), initial: limits.min, maximum: limits.max });
      }
      case 'global': {
        const { content, mutable } = type.type;
        return new Global({ content: valTypeText(content), mutable }, zeroOf(content, entry));
      }
      case 'tag': {
        const { params } = module.syntax.types[type.type.typeidx]!.comp as FuncType;
        return new Tag(params.map(valTypeText));
      }
    }
  }

  private standInFunction({ module, name }: Import, { params, results }: FuncType): ImportValue {
    const isText = /^(?:print|log|puts)(?:_?str(?:ing)?)?$/.test(name) && params.length === 2 && results.length === 0;
    return hostFunction((caller, ...values: unknown[]) => {
      const text = isText ? textAt(caller, Number(values[0]) >>> 0, Number(values[1]) >>> 0) : undefined;
      if (text !== undefined) this.write('stdout', `${text}\n`);
      else this.write('call', `${module}.${name}(${values.map(String).join(', ')})\n`);
      const zeros = results.map((type) => zeroOf(type, { module, name }));
      return zeros.length < 2 ? zeros[0] : zeros;
    }) as ImportValue;
  }
}

/** A text in the memory that the caller exports; `undefined` when there is none. */
function textAt(caller: Caller, address: number, byteCount: number): string | undefined {
  try {
    const { bytes } = caller.memory();
    return address + byteCount > bytes.length ? undefined : textOf(bytes.subarray(address, address + byteCount));
  } catch {
    return undefined;
  }
}

/** UTF-8; bytes that are none as the characters of their numbers. */
function textOf(bytes: Uint8Array): string {
  return decodeUtf8(bytes, 0, bytes.length) ?? Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

function zeroOf(type: ValType, { module, name }: Pick<Import, 'module' | 'name'>): number | bigint | null {
  if (isRef(type)) {
    if (isNullable(type)) return null;
    throw new EnvironmentError(`${module}.${name}: the page cannot make up a ${valTypeText(type)}`);
  }
  return valTypeText(type) === 'i64' ? 0n : 0;
}
