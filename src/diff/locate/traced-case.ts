/**
 * A prepared case whose code makes a record at each step: what it pushed, and what it left in locals, globals, tables
 * and objects. The module does what it did, in the same order; only it takes longer.
 */
import { decodeModule, InstructionReader } from '../../decoder/index.ts';
import {
  ByteWriter,
  type EncodableModule,
  encodableData,
  encodeModule,
  writeInstruction,
} from '../../encoder/index.ts';
import {
  type ArrayType,
  type CompType,
  type Export,
  type Expr,
  FUNCREF,
  type FuncType,
  heapTypeOf,
  I32,
  I64,
  type InstrId,
  importCount,
  instructions,
  isConcrete,
  isNullable,
  isPacked,
  isRef,
  type LocalGroup,
  type Mnemonic,
  type Module,
  type StructType,
  type SubType,
  signatureOf,
  unpacked,
  type ValType,
} from '../../syntax/index.ts';
import { BodyChecker, createContext, type ModuleContext } from '../../validator/index.ts';
import type { PreparedCall, PreparedCase } from '../case.ts';
import { Code } from '../prepare/index.ts';
import { arrayDigest } from './array-digest.ts';
import { type Doubts, doubtClass, TELLING } from './doubts.ts';
import { controlOf, elementProbes, STATE_PROBE, segmentProbes, WHO } from './probes.ts';
import { type AddedFunction, Recorder, type Sink, type Telling, traceMemory } from './recorder.ts';
import { instructionsOf, named, type Site, silent } from './sites.ts';

/** How much is recorded: every step, or only where a statement ends, which leaves expressions in one piece. */
export type Level = 'steps' | 'statements';

/** An instruction of the prepared module. */
export interface Place {
  readonly funcidx: number;
  readonly byteOffset: number;
}

export interface TraceOptions {
  readonly sink: Sink;
  readonly level: Level;
  /** The first record that a memory keeps. */
  readonly from?: number;
  /** The number of records after which a run ends. */
  readonly stopAt?: number;
  /** An instruction before which the whole operand stack is recorded. */
  readonly operandsAt?: Place | undefined;
  /** Instructions after which nothing is recorded: what follows may be done in one step with them. */
  readonly silentAt?: readonly Place[] | undefined;
  /** Readers that are not asked what instructions left. */
  readonly doubts?: Doubts | undefined;
  /** Adds exports that tell of the state and make no records. */
  readonly probes?: boolean;
  /** Calls made; absent: those of `tracedCalls`. */
  readonly calls?: readonly PreparedCall[];
}

export interface TracedCase {
  readonly prepared: PreparedCase;
  /** By number; the first is not used. */
  readonly sites: readonly Site[];
}

const NO_SITE: Site = { funcidx: -1, byteOffset: 0, id: 0, role: 'entry', ordinal: 0, type: undefined };
const logType: FuncType = { kind: 'func', params: [I32, I64], results: [] };

const namesFunction = instructions.map(({ imm }) => imm === 'funcidx');
const endings = named('end', 'delegate');
const callers = named('call', 'call_indirect', 'call_ref');
const catches = named('catch');
const makers = named('ref.i31', 'any.convert_extern');
const typedUsers = named(
  ...(['call_ref', 'return_call_ref', 'ref.as_non_null', 'br_on_null', 'br_on_non_null', 'ref.i31'] as const),
  ...(['ref.cast', 'ref.cast null', 'br_on_cast', 'br_on_cast_fail', 'any.convert_extern'] as const),
);
const loops = named('loop');
const flow = named('loop', 'if', 'else', 'end', 'delegate', 'catch', 'catch_all', 'call', 'call_indirect', 'call_ref');
const onePusher = named(
  ...(['select', 'select_t', 'local.get', 'local.tee', 'global.get', 'table.get', 'table.size', 'table.grow'] as const),
  ...(['ref.null', 'ref.is_null', 'ref.func', 'ref.as_non_null', 'ref.test', 'ref.test null', 'ref.cast'] as const),
  ...(['ref.cast null', 'struct.new', 'struct.new_default', 'struct.get', 'struct.get_s', 'struct.get_u'] as const),
  ...(['array.new', 'array.new_default', 'array.new_fixed', 'array.new_data', 'array.new_elem', 'array.get'] as const),
  ...(['array.get_s', 'array.get_u', 'any.convert_extern', 'extern.convert_any'] as const),
  ...(['br_on_null', 'br_on_cast', 'br_on_cast_fail'] as const),
);
/** Operands of instructions whose effect is looked for where they say. */
const keptOperands: ReadonlyMap<InstrId, number> = new Map(
  (
    [
      ['table.set', 2],
      ['table.fill', 3],
      ['table.copy', 3],
      ['table.init', 3],
      ['struct.set', 2],
      ['array.set', 3],
      ['array.fill', 4],
      ['array.copy', 5],
      ['array.init_data', 4],
      ['array.init_elem', 4],
    ] as const
  ).map(([name, count]) => [[...named(name)][0]!, count]),
);

const START = 'trace start';

/**
 * A case's calls, with the start function and the look at globals and tables as calls like the others: a run may end in
 * them too, and memories are seen afterwards.
 */
export function tracedCalls({ bytes, calls, state }: PreparedCase): PreparedCall[] {
  const look = state === undefined ? [] : [{ name: state.name, args: [] }];
  const start = decodeModule(bytes).start === undefined ? [] : [{ name: START, args: [] }];
  return [...start, ...look, ...calls.flatMap((call) => [call, ...look])];
}

export function traceCase(prepared: PreparedCase, options: TraceOptions): TracedCase {
  return new CaseTracer(prepared, options).trace();
}

class CaseTracer {
  private readonly prepared: PreparedCase;
  readonly options: TraceOptions;
  readonly module: Module;
  readonly context: ModuleContext;
  readonly pool = new ByteWriter();
  readonly code = new Code(this.pool);
  readonly recorder: Recorder;
  readonly sites: Site[] = [NO_SITE];
  /** What function indices grow by: an import comes first. */
  readonly shift: number;
  private readonly usesTypedReferences: boolean;
  private readonly addedTypes: SubType[] = [];
  /** Array types that have a function which makes a number of an array's items, in their order. */
  private readonly digested: number[] = [];
  private readonly firstDigest: number;

  constructor(prepared: PreparedCase, options: TraceOptions) {
    this.prepared = prepared;
    this.options = options;
    this.module = decodeModule(prepared.bytes);
    this.context = createContext(this.module);
    const { funcs, memories, globals } = this.context;
    this.usesTypedReferences = this.findsTypedReferences();
    this.shift = options.sink === 'log' && !prepared.importsLog ? 1 : 0;
    const places = { funcidx: funcs.length + this.shift, memidx: memories.length, globalidx: globals.length, log: 0 };
    const telling = { tells: this.tells(), isObject: (type: ValType) => doubtClass(type, this.module) === 'anyref' };
    this.recorder = new Recorder(options.sink, places, telling, options.from ?? 0, options.stopAt ?? -1);
    this.firstDigest = places.funcidx + this.recorder.functions().length;
  }

  /** Objects are told apart where there can be any. */
  private tells(): Telling['tells'] {
    if (this.isDoubted('ref.is_null')) return 'nothing';
    const isThere = this.module.types.some(({ comp }) => comp.kind !== 'func') || this.usesObjects();
    return isThere && !this.isDoubted(TELLING) ? 'objects' : 'null';
  }

  private usesObjects(): boolean {
    return this.types.some((type) => doubtClass(type, this.module) === 'anyref') || this.has(makers);
  }

  /** Types of what the module has of its own; not those of its code's operands. */
  private get types(): ValType[] {
    const { tables, globals, funcTypes } = this.context;
    return [
      ...tables.map(({ element }) => element),
      ...globals.map(({ content }) => content),
      ...funcTypes.flatMap(({ params, results }) => [...params, ...results]),
      ...this.module.funcs.flatMap(({ locals }) => locals.map(({ type }) => type)),
    ];
  }

  /** Has the module's code one of these instructions? */
  private has(ids: ReadonlySet<InstrId>): boolean {
    const first = importCount(this.module, 'func');
    return this.module.funcs.some((_, i) => instructionsOf(this.module, first + i).some(({ id }) => ids.has(id)));
  }

  private findsTypedReferences(): boolean {
    const isTyped = (type: ValType) => isRef(type) && (isConcrete(heapTypeOf(type)) || !isNullable(type));
    return (
      this.module.types.some(({ comp }) => comp.kind !== 'func') || this.types.some(isTyped) || this.has(typedUsers)
    );
  }

  /** The type of a local that holds an operand: engines may know functions' references by one type alone. */
  localType(type: ValType): ValType {
    if (!isRef(type) || this.usesTypedReferences) return type;
    return doubtClass(type, this.module) === 'funcref' ? FUNCREF : type;
  }

  /** Keeps which function was entered last, for probes. */
  get whoGlobal(): number {
    return this.context.globals.length + 1;
  }

  isDoubted(key: string): boolean {
    return this.options.doubts?.has(key) ?? false;
  }

  /** The function of `[arrayref of the type] -> [i64]` that makes a number of its items. */
  digestOf(typeidx: number): number {
    const known = this.digested.indexOf(typeidx);
    return this.firstDigest + (known < 0 ? this.digested.push(typeidx) - 1 : known);
  }

  trace(): TracedCase {
    const { module, prepared, options, recorder } = this;
    const first = importCount(module, 'func');
    const own = module.funcs.map((_, i) => new FunctionTracer(this, first + i).trace());
    const exports = module.exports.map((entry) => ({
      ...entry,
      index: entry.kind === 'func' ? entry.index + this.shift : entry.index,
    }));
    if (module.start !== undefined) {
      exports.push({ name: START, kind: 'func', index: module.start.funcidx + this.shift, byteOffset: 0 });
    }
    const digests = this.digested.map((typeidx) => arrayDigest(module, typeidx));
    const added = [...recorder.functions(), ...digests].map((func, i) => {
      if (func.exported !== undefined) {
        exports.push({ name: func.exported, kind: 'func', index: first + own.length + this.shift + i, byteOffset: 0 });
      }
      return this.added(func);
    });
    const probes = options.probes === true ? this.probes(exports, own.length + added.length) : [];
    const memories = [...module.memories, ...(options.sink === 'memory' ? [{ type: traceMemory }] : [])];
    if (options.sink === 'memory') {
      exports.push({ name: 'trace', kind: 'memory', index: this.context.memories.length, byteOffset: 0 });
    }
    const parts = this.definitions();
    const encodable = { ...parts, funcs: [...own, ...added, ...probes], memories, exports };
    const { bytes } = encodeModule({ ...encodable, bytes: this.pool.toBytes(), recGroups: this.recGroups() });
    return {
      sites: this.sites,
      prepared: {
        ...prepared,
        bytes,
        importsLog: prepared.importsLog || options.sink === 'log',
        calls: options.calls ?? tracedCalls(prepared),
        state: undefined,
        memories: options.sink === 'memory' ? [...prepared.memories, 'trace'] : prepared.memories,
      },
    };
  }

  typeidx(type: FuncType): number {
    return this.module.types.length + this.addedTypes.push({ final: true, supertypes: [], comp: type }) - 1;
  }

  private recGroups(): EncodableModule['recGroups'] {
    return [...this.module.recGroups, ...this.addedTypes.map((type) => ({ types: [type] }))];
  }

  private added({ type, locals, write }: AddedFunction) {
    const byteOffset = this.pool.length;
    write(this.code);
    this.code.op('end');
    const body = { byteOffset, byteLength: this.pool.length - byteOffset };
    return { typeidx: this.typeidx(type), locals: locals.map((each) => ({ count: 1, type: each })), body };
  }

  /** Functions that look at what a stopped run has left, the first of them the prepared one as it is. */
  private probes(exports: Export[], after: number) {
    const { module, prepared } = this;
    const first = importCount(module, 'func') + this.shift + after;
    const state = module.exports.find(({ name }) => name === prepared.state?.name);
    const made: { typeidx: number; locals: readonly LocalGroup[]; body: Expr }[] = [];
    const add = (name: string, func: (typeof made)[number]) => {
      exports.push({ name, kind: 'func', index: first + made.push(func) - 1, byteOffset: 0 });
    };
    if (state !== undefined) {
      const func = module.funcs[state.index - importCount(module, 'func')]!;
      add(STATE_PROBE, { ...func, body: this.constant(func.body) });
    }
    const who = this.whoGlobal;
    const writeWho = (code: Code) => code.at('global.get', who).op('i64.extend_i32_u').i32(0).at('global.set', who);
    const told: FuncType = { kind: 'func', params: [], results: [I64] };
    add(WHO, this.added({ type: told, locals: [], write: writeWho, exported: undefined }));
    for (const { name, write } of elementProbes(module)) {
      const taking: FuncType = { kind: 'func', params: [I64], results: [] };
      add(name, this.added({ type: taking, locals: [], write, exported: undefined }));
    }
    const type: FuncType = { kind: 'func', params: [], results: [] };
    segmentProbes(module).forEach((probe, i) => {
      const { name, kind, segment, write } = probe;
      const probing = (at: number) =>
        this.added({ type, locals: [], write: (code) => write(code, at), exported: undefined });
      add(name, probing(segment));
      const controls = segmentProbes(module).slice(0, i);
      const count = controls.filter((each) => each.kind === kind).length;
      add(controlOf(probe), probing((kind === 'data' ? module.datas : module.elems).length + count));
    });
    return made;
  }

  /** What stays as it is, but for function indices. */
  private definitions(): Omit<EncodableModule, 'funcs' | 'memories' | 'exports' | 'bytes' | 'recGroups'> {
    const { module, shift } = this;
    const constant = (expr: Expr) => this.constant(expr);
    const log = { module: 'glassbox', name: 'log', type: { kind: 'func' as const, typeidx: 0 } };
    return {
      imports: shift === 0 ? module.imports : [{ ...log, type: { kind: 'func', typeidx: this.typeidx(logType) } }],
      tables: module.tables.map(({ type, init }) => ({ type, init: init && constant(init) })),
      globals: [
        ...module.globals.map(({ type, init }) => ({ type, init: constant(init) })),
        // Of the recorder, and of `whoGlobal`.
        { type: { content: I32, mutable: true }, init: this.zero() },
        { type: { content: I32, mutable: true }, init: this.zero() },
      ],
      tags: module.tags,
      start: undefined,
      elems: this.elems(),
      hasDataCount: module.dataCount !== undefined || (this.options.probes === true && module.datas.length > 0),
      datas: this.datas(),
      customs: [],
      names: undefined,
    };
  }

  private elems(): EncodableModule['elems'] {
    const { module, shift } = this;
    const own = module.elems.map(({ type, items, mode }) => ({
      type,
      mode: mode.kind === 'active' ? { ...mode, offset: this.constant(mode.offset) } : mode,
      items:
        items.kind === 'expr'
          ? { kind: 'expr' as const, exprs: items.exprs.map((expr) => this.constant(expr)) }
          : { kind: 'funcidx' as const, indices: items.indices.map((index) => index + shift) },
    }));
    const controls = this.controls('elem').map(({ segment }) => {
      const { type, items } = module.elems[segment]!;
      // As the segment itself is written: not every engine knows the type that a list of functions has.
      const none = items.kind === 'expr' ? { kind: items.kind, exprs: [] } : { kind: items.kind, indices: [] };
      return { type, mode: { kind: 'passive' as const }, items: none };
    });
    return [...own, ...controls];
  }

  private datas(): EncodableModule['datas'] {
    const own = this.module.datas.map(encodableData).map(({ content, mode }) => ({
      content: this.copied(content),
      mode: mode.kind === 'active' ? { ...mode, offset: this.constant(mode.offset) } : mode,
    }));
    const content = { byteOffset: 0, byteLength: 0 };
    return [...own, ...this.controls('data').map(() => ({ content, mode: { kind: 'passive' as const } }))];
  }

  /** Probes whose controls need a segment each. */
  private controls(kind: 'data' | 'elem') {
    return this.options.probes === true ? segmentProbes(this.module).filter((probe) => probe.kind === kind) : [];
  }

  private zero(): Expr {
    const byteOffset = this.pool.length;
    this.code.i32(0).op('end');
    return { byteOffset, byteLength: this.pool.length - byteOffset };
  }

  private copied({ byteOffset, byteLength }: Expr): Expr {
    const start = this.pool.length;
    this.pool.bytes(this.module.bytes.subarray(byteOffset, byteOffset + byteLength));
    return { byteOffset: start, byteLength };
  }

  private constant({ byteOffset, byteLength }: Expr): Expr {
    const start = this.pool.length;
    const reader = new InstructionReader(this.module.bytes, byteOffset, byteOffset + byteLength);
    while (!reader.done) {
      reader.next();
      this.write(reader);
    }
    return { byteOffset: start, byteLength: this.pool.length - start };
  }

  /** Copies an instruction. */
  write(reader: InstructionReader): void {
    if (namesFunction[reader.id]) reader.index += this.shift;
    writeInstruction(this.pool, reader);
  }

  compOf(typeidx: number): CompType {
    return this.module.types[typeidx]!.comp;
  }
}

/** What an instruction needs recorded, as it is before it runs. */
interface Before {
  readonly id: InstrId;
  readonly byteOffset: number;
  /** Results of the block that it ends. */
  readonly endTypes: readonly ValType[];
  /** Locals that hold its operands. */
  readonly operands: readonly number[];
}

class FunctionTracer {
  private readonly parent: CaseTracer;
  private readonly code: Code;
  private readonly funcidx: number;
  private readonly checker: BodyChecker;
  private readonly paramTypes: readonly ValType[];
  private readonly added: LocalGroup[] = [];
  private readonly localCount: number;
  /** Locals of each type for values that are recorded; taken from the start for each instruction. */
  private readonly byType = new Map<ValType, number[]>();
  private readonly used = new Map<ValType, number>();

  constructor(parent: CaseTracer, funcidx: number) {
    this.parent = parent;
    this.code = parent.code;
    this.funcidx = funcidx;
    this.checker = new BodyChecker(parent.context, funcidx);
    this.paramTypes = parent.context.funcTypes[funcidx]!.params;
    this.localCount = this.checker.locals.length;
  }

  trace() {
    const { parent, checker, code } = this;
    const func = parent.module.funcs[this.funcidx - importCount(parent.module, 'func')]!;
    const byteOffset = parent.pool.length;
    this.entry(func.body.byteOffset);
    while (checker.next()) this.step();
    const body = { byteOffset, byteLength: code.out.length - byteOffset };
    return { typeidx: func.typeidx, locals: [...func.locals, ...this.added], body };
  }

  private site(place: Pick<Site, 'byteOffset' | 'id' | 'role' | 'ordinal' | 'type'>): number {
    return this.parent.sites.push({ funcidx: this.funcidx, ...place }) - 1;
  }

  private record(place: Pick<Site, 'byteOffset' | 'id' | 'role' | 'ordinal' | 'type'>, local?: number): void {
    this.parent.recorder.record(this.code, this.site(place), local, place.type);
  }

  private entry(byteOffset: number): void {
    const { parent, code } = this;
    if (parent.options.probes === true) code.i32(this.funcidx + 1).at('global.set', parent.whoGlobal);
    const place = { byteOffset, id: -1, role: 'entry' as const };
    this.record({ ...place, ordinal: 0, type: undefined });
    for (const [i, type] of this.paramTypes.entries()) this.record({ ...place, ordinal: i + 1, type }, i);
  }

  /** A local of the type that nothing else of this instruction uses. */
  private local(operandType: ValType): number {
    const type = this.parent.localType(operandType);
    const known = this.byType.get(type) ?? [];
    const at = this.used.get(type) ?? 0;
    this.byType.set(type, known);
    this.used.set(type, at + 1);
    if (known[at] === undefined) known.push(this.localCount + this.added.push({ count: 1, type }) - 1);
    return known[at]!;
  }

  private step(): void {
    const { checker, parent } = this;
    const { reader } = checker;
    const frame = checker.controls[checker.depth - 1]!;
    this.used.clear();
    if (frame.unreachable && !endsPart(reader.id)) {
      checker.check();
      parent.write(reader);
      return;
    }
    const { id, at: byteOffset } = reader;
    const types = checker.stack.slice(0, checker.height);
    this.tellOperands(id, byteOffset, types);
    const kept = frame.unreachable ? 0 : (keptOperands.get(id) ?? 0);
    const operands = kept === 0 ? [] : this.keep(types.slice(types.length - kept));
    const { endTypes } = frame;
    checker.check();
    parent.write(reader);
    if (checker.depth === 0 || checker.controls[checker.depth - 1]!.unreachable) return;
    this.after({ id, byteOffset, endTypes, operands });
  }

  /** The whole operand stack, where it was asked for. */
  private tellOperands(id: InstrId, byteOffset: number, types: readonly ValType[]): void {
    const { operandsAt } = this.parent.options;
    if (operandsAt?.funcidx !== this.funcidx || operandsAt.byteOffset !== byteOffset) return;
    const place = { byteOffset, id, role: 'operand' as const };
    this.record({ ...place, ordinal: 0, type: undefined });
    this.recordAll(this.keep(types), types, (ordinal, type) => ({ ...place, ordinal: ordinal + 1, type }));
    this.used.clear();
  }

  /** Copies the topmost operands to locals; they stay on the stack. */
  private keep(types: readonly ValType[]): number[] {
    const { code } = this;
    const locals = types.map((type) => this.local(type));
    const [only] = locals;
    if (locals.length === 1) code.at('local.tee', only!);
    else {
      for (const local of [...locals].reverse()) code.at('local.set', local);
      for (const local of locals) code.at('local.get', local);
    }
    return locals;
  }

  private recordAll(
    locals: readonly number[],
    types: readonly ValType[],
    place: (ordinal: number, type: ValType) => Pick<Site, 'byteOffset' | 'id' | 'role' | 'ordinal' | 'type'>,
  ): void {
    for (const [i, local] of locals.entries()) this.record(place(i, types[i]!), local);
  }

  private after(before: Before): void {
    const { id, byteOffset } = before;
    if (silent.has(id)) return;
    const { checker, parent } = this;
    const isWhole = checker.height === checker.controls[checker.depth - 1]!.height;
    if (parent.options.level === 'statements' && !isWhole && !flow.has(id)) return;
    const { silentAt } = parent.options;
    if (silentAt?.some((place) => place.funcidx === this.funcidx && place.byteOffset === byteOffset)) return;
    const pushed = this.pushedBy(before);
    const types = checker.stack.slice(checker.height - pushed, checker.height);
    const place = { byteOffset, id, role: 'result' as const };
    if (pushed === 0) this.record({ ...place, ordinal: 0, type: undefined });
    const results = pushed === 0 ? [] : this.keep(types);
    this.recordAll(results, types, (ordinal, type) => ({ ...place, ordinal, type }));
    this.state(before, results);
  }

  /** How many of the topmost operands came to be by the instruction. */
  private pushedBy({ id, endTypes }: Before): number {
    const { reader, height } = this.checker;
    const { funcTypes, tagTypes } = this.parent.context;
    const { name } = instructions[id]!;
    const results = signatureOf(instructions[id]!)?.results;
    if (results !== undefined) return results.length;
    if (endings.has(id)) return endTypes.length;
    if (loops.has(id)) return Math.max(0, height - this.checker.controls[this.checker.depth - 1]!.height);
    if (catches.has(id)) return tagTypes[reader.index]!.params.length;
    if (!callers.has(id)) return onePusher.has(id) ? 1 : 0;
    const type =
      name === 'call' ? funcTypes[reader.index - this.parent.shift]! : (this.parent.compOf(reader.index) as FuncType);
    return type.results.length;
  }

  // What instructions leave beside the stack

  /** Records a value that `push` pushes. */
  private look(before: Before, ordinal: number, type: ValType, push: () => void): void {
    const local = this.local(type);
    push();
    this.code.at('local.set', local);
    this.record({ byteOffset: before.byteOffset, id: before.id, role: 'state', ordinal, type }, local);
  }

  private state(before: Before, results: readonly number[]): void {
    const { code } = this;
    const { reader, locals } = this.checker;
    const { index, index2 } = reader;
    const { tables, memories, globals } = this.parent.context;
    const name: Mnemonic = instructions[before.id]!.name;
    if (name === 'local.set' || name === 'local.tee') {
      this.look(before, 0, locals[index]!, () => code.at('local.get', index));
    } else if (name === 'global.set') {
      const { content } = globals[index]!;
      if (this.isDoubted('global.get', content)) return;
      this.look(before, 0, content, () => code.at('global.get', index));
    } else if (name === 'memory.grow') {
      this.look(before, 0, memories[index]!.address, () => code.at('memory.size', index));
    } else if (name === 'table.grow') {
      this.look(before, 0, tables[index]!.address, () => code.at('table.size', index));
    } else if (name === 'table.set') this.elements(before, index, undefined);
    else if (name === 'table.fill' || name === 'table.copy') this.elements(before, index, before.operands[2]);
    else if (name === 'table.init') this.elements(before, index2, before.operands[2]);
    else if (name === 'struct.set') this.field(before, index, index2, before.operands[0]!);
    else if (name === 'struct.new' || name === 'struct.new_default') this.fields(before, index, results[0]!);
    else if (name === 'array.set') this.items(before, index, undefined);
    else if (name.startsWith('array.') && before.operands.length > 3) {
      this.items(before, index, before.operands.at(-1));
    } else if (name.startsWith('array.new')) this.digest(before, index, results[0]!);
  }

  /** Is the instruction that reads such a value wrong by itself? */
  private isDoubted(reader: string, type: ValType): boolean {
    const { parent } = this;
    return parent.isDoubted(`${reader} ${doubtClass(type, parent.module) ?? ''}`);
  }

  /** The first and the last of some elements that are in a table now; without a count, the one. */
  private elements(before: Before, tableidx: number, count: number | undefined): void {
    const { element, address } = this.parent.context.tables[tableidx]!;
    if (this.isDoubted('table.get', element)) return;
    const [first] = before.operands;
    const get = () => void this.code.at('table.get', tableidx);
    this.firstAndLast(before, element, { address, first: first!, count, push: () => {}, get });
  }

  private items(before: Before, typeidx: number, count: number | undefined): void {
    const { storage } = (this.parent.compOf(typeidx) as ArrayType).field;
    if (this.isDoubted('array.get', storage)) return;
    const [array, first] = before.operands;
    const push = () => void this.code.at('local.get', array!);
    const get = () => void this.code.at(isPacked(storage) ? 'array.get_u' : 'array.get', typeidx);
    this.firstAndLast(before, unpacked(storage), { address: I32, first: first!, count, push, get });
    this.digest(before, typeidx, array!);
  }

  /** Records a number made of all the items of an array in a local. */
  private digest(before: Before, typeidx: number, array: number): void {
    const { storage } = (this.parent.compOf(typeidx) as ArrayType).field;
    if (this.isDoubted('array.get', storage)) return;
    this.look(before, DIGEST, I64, () => {
      this.code.at('local.get', array).at('call', this.parent.digestOf(typeidx));
    });
  }

  private firstAndLast(
    before: Before,
    type: ValType,
    {
      address,
      first,
      count,
      push,
      get,
    }: { address: ValType; first: number; count: number | undefined; push: () => void; get: () => void },
  ): void {
    const { code } = this;
    const t = address === I64 ? 'i64' : 'i32';
    const look = (ordinal: number, offset: () => void) =>
      this.look(before, ordinal, type, () => {
        push();
        code.at('local.get', first);
        offset();
        get();
      });
    if (count === undefined) {
      look(0, () => {});
      return;
    }
    const { length } = before.operands;
    const countType = this.localType(count);
    const isWide = countType === I64;
    code
      .at('local.get', count)
      .op(isWide ? 'i64.eqz' : 'i32.eqz')
      .block('if')
      .op('else');
    look(0, () => {});
    look(1, () => {
      code.at('local.get', before.operands[length - 1]!);
      if (t === 'i64' && !isWide) code.op('i64.extend_i32_u');
      code.op(`${t}.add`);
      if (t === 'i64') code.i64(1, 0);
      else code.i32(1);
      code.op(`${t}.sub`);
    });
    code.op('end');
  }

  private localType(local: number): ValType {
    return this.added[local - this.localCount]!.type;
  }

  private field(before: Before, typeidx: number, fieldidx: number, made: number): void {
    const { storage } = (this.parent.compOf(typeidx) as StructType).fields[fieldidx]!;
    if (this.isDoubted('struct.get', storage)) return;
    this.look(before, fieldidx, unpacked(storage), () => {
      this.code.at('local.get', made).at(isPacked(storage) ? 'struct.get_u' : 'struct.get', typeidx);
      this.code.out.u32(fieldidx);
    });
  }

  private fields(before: Before, typeidx: number, made: number): void {
    const { fields } = this.parent.compOf(typeidx) as StructType;
    for (const i of fields.slice(0, MAX_FIELDS).keys()) this.field(before, typeidx, i, made);
  }
}

/** Fields of a structure that are looked at. */
const MAX_FIELDS = 16;
/** The ordinal of what an array's items are together. */
const DIGEST = 2;

const parts = named('end', 'else', 'catch', 'catch_all', 'delegate');

function endsPart(id: InstrId): boolean {
  return parts.has(id);
}
