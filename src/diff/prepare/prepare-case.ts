/**
 * A case → the module that every engine runs. Imports become definitions of the module's own that log and answer as the
 * case says; loops and calls are counted down; NaNs are made canonical; sizes get a bound that every engine can give.
 * Each call, and the look at globals and tables, becomes an export without parameters that gives integers.
 *
 * The module itself stays as it is: its functions keep their order and their instructions theirs.
 */
import { decodeModule, InstructionReader } from '../../decoder/index.ts';
import {
  ByteWriter,
  type EncodableFunc,
  type EncodableModule,
  encodableData,
  encodeModule,
  writeInstruction,
} from '../../encoder/index.ts';
import {
  type Export,
  type Expr,
  FUNCREF,
  type FuncType,
  type GlobalType,
  I32,
  I64,
  type IndexSpaces,
  importCount,
  indexSpaces,
  instrId,
  instructions,
  isRef,
  type Limits,
  type LocalGroup,
  type MemoryType,
  type Mnemonic,
  type Module,
  type SubType,
  V128,
  type ValType,
} from '../../syntax/index.ts';
import type { Call, Case, PreparedCall, PreparedCase } from '../case.ts';
import { scriptedBits } from './answers.ts';
import { Code } from './code.ts';
import { canonicalise, type NanRules, type NanShape, nanRules, scratchTypes } from './nans.ts';
import { canMake, integerCount, pushTold, pushValue, tellValue, toldBits } from './values.ts';

/** A case that cannot be run the same way everywhere; the message says why. */
export class PrepareError extends Error {}

/** Log entries of an exception that left a call: its tag, then one entry a value. */
export const EXCEPTION_LOG = 0x4000_0000;

/** Pages and elements that growth may add; a memory and a table beyond these sizes are refused. */
const GROWTH_PAGES = 16;
const GROWTH_ELEMENTS = 1000;
const MAX_MEMORY_BYTES = 2 ** 26;
const MAX_TABLE_ELEMENTS = 100_000;
/** Elements of a table that are looked at. */
const SEEN_ELEMENTS = 256;
/** Globals and tables that are looked at: an export has at most 1,000 results. */
const SEEN_GLOBALS = 300;
const SEEN_TABLES = 50;

const ids = {
  loop: instrId('loop'),
  refFunc: instrId('ref.func'),
  globalGet: instrId('global.get'),
  tryTable: instrId('try_table'),
  wait32: instrId('memory.atomic.wait32'),
  relaxedDot: instrId('i16x8.relaxed_dot_i8x16_i7x16_s'),
  relaxedDotAdd: instrId('i32x4.relaxed_dot_i8x16_i7x16_add_s'),
  wait64: instrId('memory.atomic.wait64'),
};
const namesFunction = instructions.map(({ imm }) => imm === 'funcidx');
const throws = new Set(['throw', 'throw_ref', 'rethrow'].map((name) => instrId(name as Mnemonic)));
const isLegacy = instructions.map(({ proposal }) => proposal === 'legacy-exceptions');

/** @throws {PrepareError | GlassboxError} for a module that is not valid or needs what cannot be given */
export function prepareCase(testCase: Case): PreparedCase {
  return new Preparer(testCase).prepare();
}

/** Where the code of a prepared module comes from. */
export interface Origins {
  /** What the case's function indices grew by. */
  readonly shift: number;
  /**
   * By function index of the case: offsets in the prepared body and in the case's module, of each instruction that the
   * case has; ascending.
   */
  readonly places: ReadonlyMap<number, readonly (readonly [prepared: number, original: number])[]>;
}

/** As `prepareCase`, and says where code comes from. */
export function prepareWithOrigins(testCase: Case): { prepared: PreparedCase; origins: Origins } {
  const preparer = new Preparer(testCase);
  return { prepared: preparer.prepare(), origins: preparer.origins };
}

/** Locals of a function under construction. */
class Locals {
  readonly groups: LocalGroup[] = [];
  private readonly byType = new Map<ValType, number>();
  private count: number;

  constructor(first: number) {
    this.count = first;
  }

  add(type: ValType): number {
    this.groups.push({ count: 1, type });
    return this.count++;
  }

  /** One a type, for values that are used at once. */
  readonly scratch = (type: ValType): number => {
    const known = this.byType.get(type) ?? this.add(type);
    this.byType.set(type, known);
    return known;
  };
}

const LOWEST_BYTES = 0x8080_8080;

/** Lanes of -128 become -127 on top of the stack: engines disagree in sums of -128 · -128 (docs/other-engines.md). */
function raiseLowest(code: Code, locals: Locals): void {
  const local = locals.scratch(V128);
  code.at('local.tee', local).at('local.get', local);
  code.v128([LOWEST_BYTES, LOWEST_BYTES, LOWEST_BYTES, LOWEST_BYTES]).op('i8x16.eq', 'i8x16.sub');
}

class Preparer {
  private readonly testCase: Case;
  readonly module: Module;
  private readonly spaces: IndexSpaces;
  private readonly pool = new ByteWriter();
  private readonly code = new Code(this.pool);
  private readonly addedTypes: SubType[] = [];
  private readonly addedTypeidx = new Map<string, number>();
  private readonly funcs: EncodableFunc[] = [];
  private readonly exports: Omit<Export, 'byteOffset'>[] = [];
  /** Functions that `ref.func` names, and no others: each costs an engine a way in from outside. */
  private readonly declared = new Set<number>();
  private readonly importsLog: boolean;
  /** What function indices grow by. */
  private readonly shift: number;
  private readonly fuelIndex: number;
  private readonly rules: NanRules;
  /** Functions that have a wrapper. */
  private readonly wrapped = new Set<number>();
  private readonly places = new Map<number, [number, number][]>();
  private usesLegacy = false;
  private usesTryTable = false;
  private canThrow = false;

  constructor(testCase: Case) {
    this.testCase = testCase;
    this.module = decodeModule(testCase.bytes);
    this.spaces = indexSpaces(this.module);
    this.importsLog = importCount(this.module, 'func') > 0 || this.spaces.tags.length > 0;
    this.shift = this.importsLog ? 1 : 0;
    this.fuelIndex = this.spaces.globals.length;
    this.rules = nanRules(testCase.nans);
  }

  prepare(): PreparedCase {
    const { module, testCase, spaces } = this;
    for (let i = 0; i < importCount(module, 'func'); i++) this.stub(i);
    for (const func of module.funcs) this.ownFunction(func);
    const calls = testCase.calls.map((call) => this.preparedCall(call));
    const state = this.stateFunction();
    const memories = spaces.memories.map((_, index) => this.export('memory', index));
    const isBounded = testCase.fuel > 0;
    const fuelGlobal = isBounded ? this.export('global', this.fuelIndex) : undefined;
    const { bytes } = encodeModule(this.definitions());
    return {
      id: `${testCase.name}:${testCase.seed}`,
      bytes,
      importsLog: this.importsLog,
      calls,
      state,
      memories,
      fuelGlobal,
      fuel: testCase.fuel,
    };
  }

  get origins(): Origins {
    return { shift: this.shift, places: this.places };
  }

  private export(kind: Export['kind'], index: number): string {
    const name = `${kind}${index}`;
    this.exports.push({ name, kind, index });
    return name;
  }

  private funcTypeidx(params: readonly ValType[], results: readonly ValType[]): number {
    const key = `${params}:${results}`;
    const known = this.addedTypeidx.get(key);
    if (known !== undefined) return known;
    const typeidx = this.module.types.length + this.addedTypes.length;
    this.addedTypes.push({ final: true, supertypes: [], comp: { kind: 'func', params, results } });
    this.addedTypeidx.set(key, typeidx);
    return typeidx;
  }

  private funcTypeOf(typeidx: number): FuncType {
    return this.module.types[typeidx]!.comp as FuncType;
  }

  /** A function for references of a type; it is declared then. */
  readonly funcOfType = (typeidx: number | undefined): number | undefined => {
    const found = typeidx === undefined ? 0 : this.spaces.funcs.indexOf(typeidx);
    if (found < 0 || this.spaces.funcs.length === 0) return undefined;
    this.declared.add(found + this.shift);
    return found + this.shift;
  };

  private context(locals: Locals) {
    const { module, funcOfType, testCase } = this;
    return { module, funcOfType, scratch: locals.scratch, canonicaliseNans: testCase.nans !== 'none' };
  }

  /** Appends the function whose body `write` writes. */
  private define(params: readonly ValType[], typeidx: number, write: (locals: Locals) => void): number {
    const locals = new Locals(params.length);
    const byteOffset = this.pool.length;
    write(locals);
    this.code.op('end');
    const body = { byteOffset, byteLength: this.pool.length - byteOffset };
    return this.funcs.push({ typeidx, locals: locals.groups, body }) - 1 + this.shift;
  }

  /** Logs what a local holds. */
  private logLocal(id: number, local: number, type: ValType, locals: Locals): void {
    const { code } = this;
    const told = Array.from({ length: integerCount(type) }, () => locals.add(I64));
    code.at('local.get', local);
    tellValue(code, type, this.context(locals));
    for (const each of [...told].reverse()) code.at('local.set', each);
    for (const each of told) code.i32(id).at('local.get', each).at('call', 0);
  }

  /** An imported function: logs its arguments and answers as the script says. */
  private stub(index: number): void {
    const typeidx = this.spaces.funcs[index]!;
    const { params, results } = this.funcTypeOf(typeidx);
    const { code, testCase } = this;
    this.define(params, typeidx, (locals) => {
      if (params.length === 0) code.i32(index).i64(0, 0).at('call', 0);
      for (const [i, type] of params.entries()) this.logLocal(index, i, type, locals);
      if (!results.every((type) => canMake(type, this))) {
        code.op('unreachable');
        return;
      }
      for (const [i, type] of results.entries()) {
        pushValue(code, type, scriptedBits(testCase.importSeed, index, i, type), this);
      }
    });
  }

  private ownFunction(func: Module['funcs'][number]): void {
    const { code, pool, module, rules } = this;
    const { params } = this.funcTypeOf(func.typeidx);
    const locals = new Locals(params.length + func.locals.reduce((sum, { count }) => sum + count, 0));
    const byteOffset = pool.length;
    const canonical = (shape: NanShape | undefined) => {
      if (shape !== undefined) canonicalise(code, shape, locals.scratch(scratchTypes[shape]));
    };
    let kept: number | undefined;
    const places: [number, number][] = [];
    this.places.set(this.funcs.length, places);
    this.countDown();
    const reader = new InstructionReader(
      module.bytes,
      func.body.byteOffset,
      func.body.byteOffset + func.body.byteLength,
    );
    while (!reader.done) {
      reader.next();
      const { id } = reader;
      canonical(rules.before[id]);
      // Nobody is there to wake it.
      if (id === ids.wait32 || id === ids.wait64) code.op('drop').i64(0, 0);
      if (id === ids.relaxedDot) raiseLowest(code, locals);
      if (id === ids.relaxedDotAdd) {
        kept ??= locals.add(V128);
        code.at('local.set', kept);
        raiseLowest(code, locals);
        code.at('local.get', kept);
      }
      places.push([pool.length - byteOffset, reader.at]);
      this.copy(reader);
      if (id === ids.loop) this.countDown();
      canonical(rules.after[id]);
    }
    const body = { byteOffset, byteLength: pool.length - byteOffset };
    this.funcs.push({ typeidx: func.typeidx, locals: [...func.locals, ...locals.groups], body });
  }

  private copy(reader: InstructionReader): void {
    const { id } = reader;
    if (namesFunction[id]) reader.index += this.shift;
    if (id === ids.refFunc) this.declared.add(reader.index);
    if (isLegacy[id]) this.usesLegacy = true;
    if (id === ids.tryTable) this.usesTryTable = true;
    if (throws.has(id)) this.canThrow = true;
    writeInstruction(this.pool, reader);
  }

  /** Traps when the fuel is used up, else uses one. */
  private countDown(): void {
    if (this.testCase.fuel <= 0) return;
    const { code, fuelIndex } = this;
    code.at('global.get', fuelIndex).op('i32.eqz').block('if').op('unreachable', 'end');
    code.at('global.get', fuelIndex).i32(1).op('i32.sub').at('global.set', fuelIndex);
  }

  private preparedCall({ funcidx, args }: Call): PreparedCall {
    const { params } = this.funcTypeOf(this.spaces.funcs[funcidx]!);
    const name = `call${funcidx}`;
    if (!this.wrapped.has(funcidx)) this.exports.push({ name, kind: 'func', index: this.wrapper(funcidx) });
    this.wrapped.add(funcidx);
    return { name, args: params.flatMap((type, i) => toldBits(type, args[i]!)) };
  }

  /** A function that calls another with what i64 tell, and tells its results. */
  private wrapper(funcidx: number): number {
    const { params, results } = this.funcTypeOf(this.spaces.funcs[funcidx]!);
    const taken = i64s(params.reduce((sum, type) => sum + integerCount(type), 0));
    const told = i64s(results.reduce((sum, type) => sum + integerCount(type), 0));
    const { code } = this;
    return this.define(taken, this.funcTypeidx(taken, told), (locals) => {
      const call = () => {
        let local = 0;
        for (const type of params) {
          pushTold(code, type, local, this);
          local += integerCount(type);
        }
        code.at('call', funcidx + this.shift);
      };
      const tell = () => {
        const kept = results.map((type) => locals.add(type));
        for (const each of [...kept].reverse()) code.at('local.set', each);
        results.forEach((type, i) => {
          code.at('local.get', kept[i]!);
          tellValue(code, type, this.context(locals));
        });
      };
      if (!this.canThrow) call();
      else this.catching(results, call, locals);
      tell();
    });
  }

  /** A module that catches in neither way gets what its engines know: none knows both. */
  private catchesLegacy(): boolean {
    return !this.usesTryTable && (this.usesLegacy || this.testCase.profile === 'host');
  }

  /** Logs an exception that leaves the call, and traps; the results stand on the stack afterwards. */
  private catching(results: readonly ValType[], call: () => void, locals: Locals): void {
    const { code } = this;
    const blockType = { typeidx: this.funcTypeidx([], results) };
    const payloads = this.spaces.tags.map(({ typeidx }) => this.funcTypeOf(typeidx).params);
    if (this.catchesLegacy()) {
      code.block('try', blockType);
      call();
      payloads.forEach((payload, tagidx) => {
        code.at('catch', tagidx);
        this.logException(tagidx, payload, locals);
      });
      code.op('end');
      return;
    }
    code.block('block', blockType);
    for (const payload of [...payloads].reverse()) code.block('block', { typeidx: this.funcTypeidx([], payload) });
    code.block('try_table', blockType);
    this.pool.u32(payloads.length);
    payloads.forEach((_, tagidx) => {
      this.pool.u8(0);
      this.pool.u32(tagidx);
      this.pool.u32(tagidx);
    });
    call();
    code.op('end').at('br', payloads.length);
    payloads.forEach((payload, tagidx) => {
      code.op('end');
      this.logException(tagidx, payload, locals);
    });
    code.op('end');
  }

  /** From a payload on the stack to a trap. */
  private logException(tagidx: number, payload: readonly ValType[], locals: Locals): void {
    const { code } = this;
    const id = EXCEPTION_LOG + tagidx;
    const kept = payload.map((type) => locals.add(type));
    for (const each of [...kept].reverse()) code.at('local.set', each);
    code.i32(id).i64(0, 0).at('call', 0);
    for (const [i, type] of payload.entries()) this.logLocal(id, kept[i]!, type, locals);
    code.op('unreachable');
  }

  /** The export that tells globals and tables. */
  private stateFunction(): PreparedCase['state'] {
    const { code, spaces } = this;
    const globals = spaces.globals.slice(0, SEEN_GLOBALS);
    const tables = spaces.tables.slice(0, SEEN_TABLES);
    if (globals.length + tables.length === 0) return undefined;
    const labels: string[] = [];
    globals.forEach(({ content }, index) => {
      for (let i = 0; i < integerCount(content); i++) labels.push(`global ${index}`);
    });
    for (const index of tables.keys()) labels.push(`table ${index} length`, `table ${index} contents`);
    const made = this.define([], this.funcTypeidx([], i64s(labels.length)), (locals) => {
      globals.forEach(({ content }, index) => {
        code.at('global.get', index);
        tellValue(code, content, this.context(locals));
      });
      for (const index of tables.keys()) this.tellTable(index, locals);
    });
    this.exports.push({ name: 'state', kind: 'func', index: made });
    return { name: 'state', labels };
  }

  /** A table's length, and a number made of what its first elements are. */
  private tellTable(tableidx: number, locals: Locals): void {
    const { code } = this;
    const { address, element } = this.spaces.tables[tableidx]!;
    const at = locals.scratch(address);
    const sum = locals.scratch(I64);
    const is64 = address === I64;
    const constant = (value: number) => (is64 ? code.i64(value, 0) : code.i32(value));
    const t = is64 ? 'i64' : 'i32';
    code.at('table.size', tableidx);
    if (!is64) code.op('i64.extend_i32_u');
    constant(0).at('local.set', at).i64(17, 0).at('local.set', sum);
    code.block('block').block('loop');
    code.at('local.get', at).at('table.size', tableidx).op(`${t}.ge_u`).at('br_if', 1);
    code.at('local.get', at);
    constant(SEEN_ELEMENTS).op(`${t}.ge_u`).at('br_if', 1);
    code.at('local.get', sum).i64(31, 0).op('i64.mul');
    code.at('local.get', at).at('table.get', tableidx);
    tellValue(code, element, this.context(locals));
    code.op('i64.add').at('local.set', sum);
    code.at('local.get', at);
    constant(1).op(`${t}.add`).at('local.set', at).at('br', 0).op('end', 'end').at('local.get', sum);
  }

  /** A constant expression, with what it takes from imports put in. */
  private constant({ byteOffset, byteLength }: Expr): Expr {
    const start = this.pool.length;
    const importedGlobals = importCount(this.module, 'global');
    const reader = new InstructionReader(this.module.bytes, byteOffset, byteOffset + byteLength);
    while (!reader.done) {
      reader.next();
      if (reader.id === ids.globalGet && reader.index < importedGlobals) this.pushImported(reader.index);
      else this.copy(reader);
    }
    return { byteOffset: start, byteLength: this.pool.length - start };
  }

  /** The value that stands for an imported global. @throws {PrepareError} when none can be made */
  private pushImported(globalidx: number): void {
    const { content } = this.spaces.globals[globalidx]!;
    if (!canMake(content, this)) throw new PrepareError('an imported global holds a reference that cannot be made up');
    const importedGlobals = this.module.imports.filter(({ type }) => type.kind === 'global');
    const isSpectest = importedGlobals[globalidx]!.module === 'spectest';
    pushValue(this.code, content, isRef(content) ? 'null' : isSpectest ? '29a' : '0', this);
  }

  private expression(write: () => void): Expr {
    const byteOffset = this.pool.length;
    write();
    this.code.op('end');
    return { byteOffset, byteLength: this.pool.length - byteOffset };
  }

  private range({ byteOffset, byteLength }: Expr): Expr {
    const start = this.pool.length;
    this.pool.bytes(this.module.bytes.subarray(byteOffset, byteOffset + byteLength));
    return { byteOffset: start, byteLength };
  }

  /** The module's definitions, what it imports before its own. */
  private definitions(): EncodableModule {
    const { module } = this;
    const parts = {
      imports: this.importsLog
        ? [
            {
              module: 'glassbox',
              name: 'log',
              type: { kind: 'func' as const, typeidx: this.funcTypeidx([I32, I64], []) },
            },
          ]
        : [],
      funcs: this.funcs,
      tables: this.tables(),
      memories: this.spaces.memories.map((type) => ({ type: { ...type, limits: memoryLimits(type) } })),
      globals: this.globals(),
      tags: this.spaces.tags.map((type) => ({ type })),
      exports: this.exports,
      start: module.start && { funcidx: module.start.funcidx + this.shift },
      elems: this.elems(),
      hasDataCount: module.dataCount !== undefined,
      datas: module.datas.map(encodableData).map(({ content, mode }) => ({
        content: this.range(content),
        mode: mode.kind === 'active' ? { ...mode, offset: this.constant(mode.offset) } : mode,
      })),
      customs: [],
      names: undefined,
    };
    const added = this.addedTypes.map((type) => ({ types: [type] }));
    return { ...parts, recGroups: [...module.recGroups, ...added], bytes: this.pool.toBytes() };
  }

  private tables(): EncodableModule['tables'] {
    const imported = this.spaces.tables.length - this.module.tables.length;
    return this.spaces.tables.map((type, index) => {
      const { init } = index < imported ? { init: undefined } : this.module.tables[index - imported]!;
      return { type: { ...type, limits: tableLimits(type.limits) }, init: init && this.constant(init) };
    });
  }

  private globals(): EncodableModule['globals'] {
    const imported = this.spaces.globals.length - this.module.globals.length;
    const globals: { type: GlobalType; init: Expr }[] = this.spaces.globals.map((type, index) => {
      const own = index < imported ? undefined : this.module.globals[index - imported]!.init;
      return { type, init: own ? this.constant(own) : this.expression(() => this.pushImported(index)) };
    });
    const { fuel } = this.testCase;
    if (fuel > 0)
      globals.push({ type: { content: I32, mutable: true }, init: this.expression(() => this.code.i32(fuel)) });
    return globals;
  }

  private elems(): EncodableModule['elems'] {
    const elems = this.module.elems.map(({ type, items, mode }) => ({
      type,
      mode: mode.kind === 'active' ? { ...mode, offset: this.constant(mode.offset) } : mode,
      items:
        items.kind === 'expr'
          ? { kind: 'expr' as const, exprs: items.exprs.map((expr) => this.constant(expr)) }
          : { kind: 'funcidx' as const, indices: items.indices.map((index) => index + this.shift) },
    }));
    if (this.declared.size === 0) return elems;
    const items = { kind: 'funcidx' as const, indices: [...this.declared] };
    return [...elems, { type: FUNCREF, mode: { kind: 'declarative' as const }, items }];
  }
}

function i64s(count: number): ValType[] {
  return new Array<ValType>(count).fill(I64);
}

function tableLimits({ min, max }: Limits): Limits {
  if (min > MAX_TABLE_ELEMENTS) throw new PrepareError(`a table of ${min} elements`);
  return { min, max: Math.min(max ?? Number.POSITIVE_INFINITY, min + GROWTH_ELEMENTS) };
}

function memoryLimits({ limits: { min, max }, pageSizeLog2 }: MemoryType): Limits {
  const pageBytes = 2 ** pageSizeLog2;
  if (min * pageBytes > MAX_MEMORY_BYTES) throw new PrepareError(`a memory of ${min} pages`);
  const growth = GROWTH_PAGES * (pageSizeLog2 === 0 ? 4096 : 1);
  return { min, max: Math.min(max ?? Number.POSITIVE_INFINITY, min + growth) };
}
