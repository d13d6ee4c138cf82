/**
 * Bytes → state, in a store of this process. The bytes may be anybody's: what comes out is a state that a guest could
 * be in, as far as types tell, or a typed error; nothing is allocated that they do not pay for or a budget bounds.
 */
import { decodeModule } from '../../decoder/index.ts';
import { checkImport, loadModule } from '../../interpreter/index.ts';
import { Func, Instance, type ModuleCode } from '../../runtime/index.ts';
import { type ExternKind, type FuncType, translateValType, typeRegistry } from '../../syntax/index.ts';
import { validateModule } from '../../validator/index.ts';
import { moduleCodes } from './format.ts';
import { moduleDigest, rememberDigest } from './inventory.ts';
import { definitionsFit, type InstanceRecord, ReadExterns } from './read-externs.ts';
import { readFiber } from './read-fiber.ts';
import { ValueReader } from './read-values.ts';
import { SnapshotReader } from './reader.ts';
import { hexText, sha256 } from './sha256.ts';
import type { DecodeOptions, MachineState } from './state.ts';
import { ReadTypes } from './type-table.ts';

const DIGEST_BYTES = 32;

/**
 * Reads what `encodeSnapshot` wrote.
 *
 * @throws {SnapshotError} for bytes that are damaged, forged or of another version, modules that are missing or
 *   others, imports that are missing or do not fit
 * @throws {Exhaustion} `memory` or `table` past the budgets
 */
export function decodeSnapshot(bytes: Uint8Array, options: DecodeOptions): MachineState {
  const { memoryBytes, tableElements } = options.budgets;
  const former = [memoryBytes.used, tableElements.used] as const;
  try {
    return new SnapshotDecoder(bytes, options).decode();
  } catch (error) {
    // Nothing is left of it.
    [memoryBytes.used, tableElements.used] = former;
    throw error;
  }
}

class SnapshotDecoder {
  private readonly source: SnapshotReader;
  private readonly options: DecodeOptions;
  private readonly instances: Instance[] = [];

  constructor(bytes: Uint8Array, options: DecodeOptions) {
    this.source = new SnapshotReader(bytes);
    this.options = options;
  }

  decode(): MachineState {
    const { source, options, instances } = this;
    const types = new ReadTypes(source);
    const modules = this.modules();
    const externs = new ReadExterns(source, types, modules, options);
    externs.make();
    const { hostFuncs, globals, tables, tags } = externs;
    for (const { code } of externs.instances) instances.push(this.emptyInstance(code));
    const values = new ValueReader(source, { instances, hostFuncs });
    for (const [i, record] of externs.instances.entries()) this.link(instances[i]!, record, externs, values);

    values.objectShells(types, tags, options.loadExtern);
    values.objectContents();
    for (const global of globals) {
      const refs = [null];
      values.value(global.type.content, global.words, refs, 0);
      global.ref = refs[0];
    }
    for (const { elements, type } of tables) {
      this.length('table', elements.length, elements.length);
      values.refs(elements.length, type.element, (i, ref) => {
        elements[i] = ref;
      });
    }
    for (const instance of instances) this.elems(instance, values);
    const place = readFiber(source, values, instances);
    const counts = this.counts();
    const fiber = place && { ...place, instructionCount: counts.instructionCount, callCount: counts.callCount };
    const parts = this.parts();
    if (!source.isDone) source.fail('bytes are left over');
    return { fiber, instances, ...counts, parts };
  }

  private modules(): ModuleCode[] {
    const { source } = this;
    const given = new Map((this.options.modules ?? []).map((code) => [hexText(moduleDigest(code)), code]));
    const modules: ModuleCode[] = [];
    const count = source.countOf('modules', DIGEST_BYTES + 1);
    for (let i = 0; i < count; i++) modules.push(this.module(i, given));
    return modules;
  }

  private module(number: number, given: ReadonlyMap<string, ModuleCode>): ModuleCode {
    const { source } = this;
    const start = source.offset;
    const digest = source.raw(DIGEST_BYTES).slice();
    const name = hexText(digest);
    const code = source.u8();
    if (code !== moduleCodes.absent && code !== moduleCodes.present) source.fail('this is no module', start);
    const bytes = code === moduleCodes.present ? source.blob() : undefined;
    const known = given.get(name);
    if (known !== undefined) return known;
    if (bytes !== undefined) return this.compile(bytes.slice(), digest, start);
    const found = given.size === 0 ? 'none is given' : `given is ${[...given.keys()].join(', ')}`;
    return source.fail(`module ${number} of the snapshot has the SHA-256 ${name}; ${found}`, start);
  }

  private compile(bytes: Uint8Array, digest: Uint8Array, start: number): ModuleCode {
    const { source } = this;
    const found = hexText(sha256(bytes));
    if (found !== hexText(digest)) {
      source.fail(`a module should have the SHA-256 ${hexText(digest)}; its bytes have ${found}`, start);
    }
    try {
      const module = decodeModule(bytes);
      validateModule(module);
      const code = loadModule(module, this.options.lowering);
      rememberDigest(code, digest);
      return code;
    } catch (error) {
      return source.fail(`a module of the snapshot is wrong: ${error instanceof Error ? error.message : error}`, start);
    }
  }

  /** An instance with its own functions; those that it imports may be of instances that are not there yet. */
  private emptyInstance(code: ModuleCode): Instance {
    const instance = new Instance(code);
    this.options.own?.(instance);
    instance.funcs.length = code.importedFuncs;
    code.module.funcs.forEach(({ typeidx }, i) => {
      const typeId = code.typeIds[typeidx]!;
      const type = typeRegistry.subTypeOf(typeId).comp as FuncType;
      instance.funcs.push(Func.wasm(typeId, type, instance, code.importedFuncs + i, code.codes[i]!));
    });
    return instance;
  }

  private link(instance: Instance, record: InstanceRecord, externs: ReadExterns, values: ValueReader): void {
    const { module, importedFuncs } = instance.code;
    for (let i = 0; i < importedFuncs; i++) instance.funcs[i] = values.funcOf(record.funcs[i]!);
    for (const number of record.memories) instance.memories.push(externs.memories[number]!);
    for (const number of record.tables) instance.tables.push(externs.tables[number]!);
    for (const number of record.globals) instance.addGlobal(externs.globals[number]!);
    for (const number of record.tags) instance.tags.push(externs.tags[number]!);
    instance.memory0 = instance.memories[0] ?? instance.memory0;
    this.checkLinks(instance, record.offset);
    for (const { name, kind, index } of module.exports) instance.exports.set(name, spaceOf(instance, kind)[index]!);
    for (const [i, { contentOffset, contentLength }] of module.datas.entries()) {
      const byteLength = record.isDropped[i] ? 0 : contentLength;
      instance.datas.push(module.bytes.subarray(contentOffset, contentOffset + byteLength));
    }
  }

  private checkLinks(instance: Instance, offset: number): void {
    const used = { func: 0, table: 0, memory: 0, global: 0, tag: 0 };
    for (const entry of instance.code.module.imports) {
      const { kind } = entry.type;
      try {
        checkImport(instance.code, entry, spaceOf(instance, kind)[used[kind]++]!);
      } catch (error) {
        this.source.fail(error instanceof Error ? error.message : 'an import does not fit', offset);
      }
    }
    if (!definitionsFit(instance)) {
      this.source.fail('an instance has another memory, table, global or tag than its module defines', offset);
    }
  }

  private length(what: string, ...allowed: readonly number[]): number {
    const start = this.source.offset;
    const length = this.source.count();
    if (!allowed.includes(length)) {
      this.source.fail(`${length} elements of a ${what}, which has ${allowed.join(' or ')}`, start);
    }
    return length;
  }

  /** An element segment has all its elements, or has been dropped. */
  private elems({ code, elems }: Instance, values: ValueReader): void {
    for (const { items, type } of code.module.elems) {
      const whole = items.kind === 'funcidx' ? items.indices.length : items.exprs.length;
      const length = this.length('segment', 0, whole);
      const elements: unknown[] = [];
      values.refs(length, translateValType(type, code.typeIds), (_, ref) => elements.push(ref));
      elems.push(elements);
    }
  }

  private counts(): Pick<MachineState, 'instructionCount' | 'callCount' | 'fuelLeft'> {
    const { source } = this;
    const start = source.offset;
    const instructionCount = source.f64();
    const callCount = source.f64();
    const fuelLeft = source.f64();
    const areCounts = [instructionCount, callCount].every((count) => count >= 0 && Number.isSafeInteger(count));
    if (!areCounts || !(fuelLeft >= 0)) source.fail('the counts are wrong', start);
    return { instructionCount, callCount, fuelLeft };
  }

  private parts(): Map<string, Uint8Array> {
    const { source } = this;
    const parts = new Map<string, Uint8Array>();
    for (let left = source.countOf('parts', 2); left > 0; left--) {
      const start = source.offset;
      const name = source.text();
      if (parts.has(name)) source.fail(`there are two parts ${JSON.stringify(name)}`, start);
      parts.set(name, source.blob().slice());
    }
    return parts;
  }
}

function spaceOf(instance: Instance, kind: ExternKind) {
  if (kind === 'func') return instance.funcs;
  if (kind === 'table') return instance.tables;
  if (kind === 'memory') return instance.memories;
  return kind === 'global' ? instance.globals : instance.tags;
}
