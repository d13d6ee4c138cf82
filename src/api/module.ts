/** A compiled module: decoded, validated, ready to be instantiated any number of times. */
import { decodeModule } from '../decoder/index.ts';
import { loadModule } from '../interpreter/index.ts';
import type { ModuleCode } from '../runtime/index.ts';
import {
  type ExternKind,
  type FeatureSet,
  type FeatureSwitches,
  type FuncType,
  type GlobalType,
  indexSpaces,
  type MemoryType,
  resolveFeatures,
  type Module as SyntaxModule,
  type TableType,
  UsageError,
  type ValType,
  valTypeText,
} from '../syntax/index.ts';
import { parseModule, type SourceMap } from '../text/index.ts';
import { validateModule } from '../validator/index.ts';
import { bytesOf } from './bytes.ts';
import { buildVersion, CacheSlot, type ModuleCache } from './module-cache.ts';
import { moduleFromWords, moduleToWords } from './module-words.ts';

export interface CompileOptions {
  /** What the module may use beyond the first release of WebAssembly: all but what is off, as `{ gc: false }`. */
  readonly features?: FeatureSwitches | undefined;
  /** `clear` runs one slot instruction after another as written: slower, for those who look. */
  readonly lowering?: 'fast' | 'clear' | undefined;
  /** Where valid modules are kept, so that their next start is faster; for modules from bytes. Default: nowhere. */
  readonly cache?: ModuleCache | undefined;
}

/** A module as one agent hands it to another: plain data, and bytes that both then read. */
export interface SharedModule {
  /** The binary. */
  readonly bytes: SharedArrayBuffer;
  /** The module as decoded, found valid. */
  readonly words: SharedArrayBuffer;
  readonly lowering: 'fast' | 'clear';
  /** The version of Glassbox that wrote the words. */
  readonly version: string;
}

export interface ImportDescriptor {
  readonly module: string;
  readonly name: string;
  readonly kind: ExternKind;
  /** The type as the text format writes it. */
  readonly type: string;
}

export interface ExportDescriptor {
  readonly name: string;
  readonly kind: ExternKind;
  readonly type: string;
}

export class Module {
  /** @internal */
  readonly code: ModuleCode;
  /** Where the text's lines are in `bytes`; absent for a module from bytes. */
  readonly sourceMap: SourceMap | undefined;
  private shared: SharedModule | undefined;
  private readonly slot: CacheSlot | undefined;

  /** @internal Use `compile`. */
  constructor(code: ModuleCode, sourceMap: SourceMap | undefined, slot?: CacheSlot) {
    this.code = code;
    this.sourceMap = sourceMap;
    this.slot = slot;
  }

  /**
   * The module that another agent shares; it is neither decoded nor validated again. Its code is made anew, at the
   * first call of each function.
   *
   * @param shared what `share` has given there: whoever makes one can say that an invalid module is valid
   * @throws {UsageError} for anything else, or what another version of Glassbox has given
   */
  static fromShared(shared: SharedModule): Module {
    const { bytes, words, lowering, version } = Object(shared) as SharedModule;
    if (bytes === undefined || words === undefined) throw new UsageError('expected what share() of a module gave');
    if (version !== buildVersion) {
      throw new UsageError(`the module was shared by Glassbox ${version}, this is ${buildVersion}`);
    }
    const syntax = moduleFromWords(new Uint8Array(bytes), new Int32Array(words));
    const module = new Module(loadModule(syntax, lowering), undefined);
    module.shared = { bytes, words, lowering, version };
    return module;
  }

  /**
   * What to send to other agents, such as workers: data that `postMessage` takes. A source map is not among it.
   *
   * @throws {UsageError} on hosts without SharedArrayBuffer
   */
  share(): SharedModule {
    if (typeof SharedArrayBuffer === 'undefined') throw new UsageError('this host has no SharedArrayBuffer');
    this.shared ??= {
      bytes: sharedCopy(this.bytes),
      words: sharedCopy(new Uint8Array(moduleToWords(this.syntax).buffer)),
      lowering: this.code.lowering,
      version: buildVersion,
    };
    return this.shared;
  }

  /**
   * Keeps the code of the functions that have been called in the cache that the module was compiled with, so that a
   * next start need not make it. For when a program has ended: it takes some milliseconds, unless little is new.
   * Without a cache it does nothing.
   */
  keepCode(): void {
    this.slot?.writeCode(this.code);
  }

  /** The module as data. */
  get syntax(): SyntaxModule {
    return this.code.module;
  }

  /** The binary, assembled when the module came as text. */
  get bytes(): Uint8Array {
    return this.code.module.bytes;
  }

  imports(): ImportDescriptor[] {
    const text = new TypeText(this.syntax);
    return this.syntax.imports.map(({ module, name, type }) => {
      const typeText = type.kind === 'func' ? text.func(type.typeidx) : text.of(type.kind, type.type);
      return { module, name, kind: type.kind, type: typeText };
    });
  }

  exports(): ExportDescriptor[] {
    const text = new TypeText(this.syntax);
    const spaces = indexSpaces(this.syntax);
    const typeOf = (kind: ExternKind, index: number): string => {
      if (kind === 'func') return text.func(spaces.funcs[index]!);
      const entries = { table: spaces.tables, memory: spaces.memories, global: spaces.globals, tag: spaces.tags }[kind];
      return text.of(kind, entries[index]!);
    };
    return this.syntax.exports.map(({ name, kind, index }) => ({ name, kind, type: typeOf(kind, index) }));
  }
}

function sharedCopy(bytes: Uint8Array): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

/** Writes the types of imports and exports. */
class TypeText {
  private readonly module: SyntaxModule;

  constructor(module: SyntaxModule) {
    this.module = module;
  }

  func(typeidx: number): string {
    const { params, results } = this.module.types[typeidx]!.comp as FuncType;
    const list = (keyword: string, types: readonly ValType[]) =>
      types.length === 0 ? '' : ` (${keyword} ${types.map(valTypeText).join(' ')})`;
    return `(func${list('param', params)}${list('result', results)})`;
  }

  of(kind: Exclude<ExternKind, 'func'>, type: TableType | MemoryType | GlobalType | { typeidx: number }): string {
    if ('typeidx' in type) return this.func(type.typeidx);
    if ('content' in type) return type.mutable ? `(mut ${valTypeText(type.content)})` : valTypeText(type.content);
    const { min, max } = type.limits;
    const parts = [valTypeText(type.address), String(min), max === undefined ? '' : String(max)];
    if (kind === 'table') parts.push(valTypeText((type as TableType).element));
    else if ((type as MemoryType).shared) parts.push('shared');
    return parts.filter((part, i) => part !== '' && !(i === 0 && part === 'i32')).join(' ');
  }
}

type Source = Uint8Array | ArrayBuffer | ArrayBufferView | string;

/**
 * Compiles a module.
 *
 * @param source the binary format as bytes, or the text format as a string
 * @throws {ParseError} when text is malformed, with line and column
 * @throws {DecodeError} when bytes are malformed, with the offset
 * @throws {ValidationError} when the module breaks a rule or uses a feature that is off, with the offset
 * @throws {UsageError} when `options.features` names what is no feature, or contradicts itself
 */
export function compile(source: Source, options: CompileOptions = {}): Module {
  const { cache, lowering } = options;
  const features = options.features && resolveFeatures(options.features);
  if (typeof source === 'string') {
    const { bytes, sourceMap } = parseModule(source);
    return new Module(loadModule(validModule(bytes, features), lowering), sourceMap);
  }
  const bytes = bytesOf(source, 'a module is bytes (Uint8Array, ArrayBuffer) or wat text (string)');
  if (cache === undefined) return new Module(loadModule(validModule(bytes, features), lowering), undefined);
  const slot = new CacheSlot(cache, bytes, features);
  const module = keptModule(bytes, features, slot);
  const code = lowering === 'clear' ? null : slot.readCode();
  return new Module(loadModule(module, lowering, code), undefined, slot);
}

function validModule(bytes: Uint8Array, features: FeatureSet | undefined): SyntaxModule {
  const module = decodeModule(bytes);
  validateModule(module, features);
  return module;
}

/** The module from the cache; decoded and kept there when it has none. */
function keptModule(bytes: Uint8Array, features: FeatureSet | undefined, slot: CacheSlot): SyntaxModule {
  const kept = slot.readModule(bytes);
  if (kept !== undefined) return kept;
  const module = validModule(bytes, features);
  slot.writeModule(module);
  return module;
}

/** Is this a valid module? Throws for nothing that a module can contain. @throws {UsageError} for wrong options */
export function validate(source: Source, options: CompileOptions = {}): boolean {
  try {
    compile(source, options);
    return true;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    return false;
  }
}
