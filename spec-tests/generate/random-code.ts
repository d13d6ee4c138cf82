/**
 * Random function bodies that are valid by construction: every expression is made for the type it
 * must have. Numeric, memory and vector instructions come from the instruction table's signatures, so
 * new rows take part by themselves.
 */
import {
  type ByteWriter,
  writeBlockType,
  writeCastTypes,
  writeCatches,
  writeLabels,
  writeMemarg,
  writeOpcode,
} from '../../src/encoder/index.ts';
import {
  ANYREF,
  type ArrayType,
  abstractHeapTypes,
  BOTTOM,
  concreteHeapType,
  EXNREF,
  EXTERNREF,
  type FieldType,
  FUNCREF,
  type FuncType,
  I32,
  I64,
  type InstrId,
  type InstructionRow,
  instrId,
  instructions,
  isNullable,
  isPacked,
  isRef,
  type LocalGroup,
  type Mnemonic,
  namedTypes,
  type Proposal,
  refType,
  type StructType,
  type SubType,
  signatureOf,
  unpacked,
  type ValType,
} from '../../src/syntax/index.ts';
import { type Profile, type Shape, writeConstant } from './random-module.ts';
import type { Tape } from './tape.ts';

/** Proposals that V8 11.3 runs without flags. */
export const hostProposals: ReadonlySet<Proposal> = new Set<Proposal>([
  'mvp',
  'sign-extension',
  'saturating-float-to-int',
  'bulk-memory',
  'reference-types',
  'simd',
  'tail-call',
  'legacy-exceptions',
  'threads',
]);

/** A row whose operands and results are number, vector or address types. */
interface TypedRow {
  readonly id: InstrId;
  readonly row: InstructionRow;
  /** `undefined`: the address type of the memory. */
  readonly operands: readonly (ValType | undefined)[];
  readonly results: readonly (ValType | undefined)[];
}

const immediateKinds = new Set(['none', 'memarg', 'memarg_laneidx', 'laneidx', 'lanes16', 'memidx', 'fence']);

function typeByName(name: string): ValType | undefined | null {
  if (name === 'addr') return undefined;
  return Object.hasOwn(namedTypes, name) ? namedTypes[name as keyof typeof namedTypes] : null;
}

function typedRows(): TypedRow[] {
  return instructions.flatMap((row, id) => {
    const signature = signatureOf(row);
    if (signature === undefined || !immediateKinds.has(row.imm)) return [];
    const operands = signature.operands.map(typeByName);
    const results = signature.results.map(typeByName);
    if (operands.includes(null) || results.includes(null)) return [];
    return [{ id, row, operands, results } as TypedRow];
  });
}

const rowsByProfile: Record<Profile, readonly TypedRow[]> = {
  all: typedRows(),
  host: typedRows().filter(({ row }) => hostProposals.has(row.proposal)),
};

function needsMemory({ row }: TypedRow): boolean {
  return row.imm === 'memarg' || row.imm === 'memarg_laneidx' || row.imm === 'memidx';
}

const MAX_DEPTH = 5;

/** A label that code may branch to, with the types it carries. */
type Label = readonly ValType[];

class CodeGenerator {
  private readonly out: ByteWriter;
  private readonly tape: Tape;
  private readonly shape: Shape;
  private readonly locals: readonly ValType[];
  private readonly results: readonly ValType[];
  private readonly labels: Label[] = [];
  private depth = 0;

  constructor(out: ByteWriter, tape: Tape, shape: Shape, locals: readonly ValType[], results: readonly ValType[]) {
    this.out = out;
    this.tape = tape;
    this.shape = shape;
    this.locals = locals;
    this.results = results;
    this.labels.push(results);
  }

  body(): void {
    this.statements();
    this.values(this.results);
    this.op('end');
  }

  private op(name: Mnemonic): this {
    writeOpcode(this.out, instrId(name));
    return this;
  }

  private indexed(name: Mnemonic, ...indices: readonly number[]): this {
    this.op(name);
    for (const index of indices) this.out.u32(index);
    return this;
  }

  private statements(): this {
    for (let left = this.tape.below(5); left > 0 && !this.tape.exhausted; left--) this.nested(() => this.statement());
    return this;
  }

  private nested(make: () => unknown): this {
    this.depth++;
    make();
    this.depth--;
    return this;
  }

  private get isDeep(): boolean {
    return this.depth > MAX_DEPTH || this.tape.exhausted;
  }

  private values(types: readonly (ValType | undefined)[], address: ValType = I32): this {
    for (const type of types) this.nested(() => this.value(type ?? address));
    return this;
  }

  /** Indices of an index space's entries that fit. */
  private matching<T>(entries: readonly T[], fits: (entry: T) => boolean): number[] {
    return entries.flatMap((entry, index) => (fits(entry) ? [index] : []));
  }

  /** Leaves one value of `type`. */
  private value(type: ValType): this {
    if (this.isDeep) return this.leaf(type);
    switch (this.tape.below(9)) {
      case 0:
      case 1:
        return this.leaf(type);
      case 2:
      case 3:
      case 4:
        return this.instructionOf(type);
      case 5:
        return this.block(type);
      case 6:
        return this.callOf(type);
      case 7:
        return this.choice(type);
      default:
        return this.tee(type);
    }
  }

  private leaf(type: ValType): this {
    const locals = this.matching(this.locals, (local) => local === type);
    const globals = this.matching(this.shape.globals, ({ content }) => content === type);
    const choice = this.tape.below(3);
    if (choice === 1 && locals.length > 0) return this.indexed('local.get', this.tape.pick(locals));
    if (choice === 2 && globals.length > 0) return this.indexed('global.get', this.tape.pick(globals));
    writeConstant(this.out, type, this.tape, this.shape.declared);
    return isRef(type) && !isNullable(type) ? this.op('ref.as_non_null') : this;
  }

  /** One of the table's rows with the result that is asked for. */
  private instructionOf(type: ValType): this {
    if (isRef(type)) return this.tableGet(type);
    const memidx = this.tape.below(this.shape.memories.length);
    const address = this.shape.memories[memidx]?.address ?? I32;
    const rows = rowsByProfile[this.shape.profile].filter((row) => {
      const [result, ...others] = row.results;
      const isUsable = this.shape.memories.length > 0 || !needsMemory(row);
      return isUsable && row.results.length === 1 && others.length === 0 && (result ?? address) === type;
    });
    if (rows.length === 0) return this.leaf(type);
    this.typedRow(this.tape.pick(rows), memidx, address);
    return this;
  }

  private typedRow({ id, row, operands }: TypedRow, memidx: number, address: ValType): this {
    this.values(operands, address);
    writeOpcode(this.out, id);
    if (row.imm === 'memarg' || row.imm === 'memarg_laneidx') this.memarg(row, memidx, address);
    if (row.imm === 'memidx') this.out.u32(memidx);
    if (row.imm === 'memarg_laneidx') this.out.u8(this.tape.below(16 / (row.accessBytes as number)));
    if (row.imm === 'laneidx') this.out.u8(this.tape.below(Number((/x(\d+)/.exec(row.name) as RegExpExecArray)[1])));
    if (row.imm === 'lanes16') for (let i = 0; i < 16; i++) this.out.u8(this.tape.below(32));
    if (row.imm === 'fence') this.out.u8(0);
    return this;
  }

  /** Atomic accesses state their natural alignment, others at most that. */
  private memarg(row: InstructionRow, memidx: number, address: ValType): this {
    const natural = Math.log2(row.accessBytes as number);
    const align = row.proposal === 'threads' ? natural : this.tape.below(natural + 1);
    const hi = address === I64 && this.tape.chance(4) ? this.tape.word() : 0;
    writeMemarg(this.out, align, memidx, this.tape.chance(2) ? this.tape.word() : this.tape.byte(), hi);
    return this;
  }

  private tableGet(type: ValType): this {
    const tables = this.matching(this.shape.tables, ({ element }) => element === type);
    if (tables.length === 0) return this.leaf(type);
    const tableidx = this.tape.pick(tables);
    this.values([this.shape.tables[tableidx]?.address]);
    this.indexed('table.get', tableidx);
    return this;
  }

  private blockOf(result: ValType | undefined, label: Label, make: () => unknown): this {
    writeBlockType(this.out, -1, result ?? BOTTOM);
    this.labels.push(label);
    make();
    this.labels.pop();
    this.op('end');
    return this;
  }

  /** A block, loop, `if` or `try` with one result, or none. */
  private block(result: ValType | undefined): this {
    const results = result === undefined ? [] : [result];
    const inside = () => {
      this.statements();
      this.values(results);
    };
    const kind = this.tape.below(4);
    if (kind === 2) {
      this.values([I32]);
      this.op('if');
      this.blockOf(result, results, () => {
        inside();
        if (result === undefined && this.tape.chance(2)) return;
        this.op('else');
        inside();
      });
    } else if (kind === 3) {
      this.op('try');
      this.blockOf(result, results, () => {
        inside();
        this.op('catch_all');
        inside();
      });
    } else {
      this.op(kind === 0 ? 'block' : 'loop');
      this.blockOf(result, kind === 0 ? results : [], inside);
    }
    return this;
  }

  private funcType(typeidx: number | undefined): FuncType {
    return (this.shape.types[typeidx as number] as SubType).comp as FuncType;
  }

  private callOf(type: ValType): this {
    const returns = (typeidx: number) => {
      const { results } = this.funcType(typeidx);
      return results.length === 1 && results[0] === type;
    };
    const funcs = this.matching(this.shape.funcs, returns);
    if (funcs.length === 0) return this.leaf(type);
    this.call(this.tape.pick(funcs));
    return this;
  }

  private call(funcidx: number): this {
    const typeidx = this.shape.funcs[funcidx] as number;
    this.values(this.funcType(typeidx).params);
    const tables = this.matching(this.shape.tables, ({ element }) => element === FUNCREF);
    if (tables.length === 0 || this.tape.chance(2)) return this.indexed('call', funcidx);
    const tableidx = this.tape.pick(tables);
    this.values([this.shape.tables[tableidx]?.address]);
    this.indexed('call_indirect', typeidx, tableidx);
    return this;
  }

  private choice(type: ValType): this {
    this.values([type, type, I32]);
    if (!isRef(type) && this.tape.chance(2)) return this.op('select');
    this.op('select_t');
    this.out.u32(1);
    this.out.valType(type);
    return this;
  }

  private tee(type: ValType): this {
    const locals = this.matching(this.locals, (local) => local === type);
    if (locals.length === 0) return this.leaf(type);
    this.values([type]);
    this.indexed('local.tee', this.tape.pick(locals));
    return this;
  }

  /** Leaves the stack as it is. */
  private statement(): this {
    if (this.isDeep) return this.op('nop');
    switch (this.tape.below(9)) {
      case 0:
        return this.block(undefined);
      case 1:
        return this.effect();
      case 2:
        return this.assignment();
      case 3:
        return this.branchIf();
      case 4:
        return this.callAndDrop();
      case 5:
        return this.bulk();
      case 6:
        return this.leaveBlock();
      case 7:
        return this.aggregate();
      default:
        return this.computeAndDrop();
    }
  }

  private dropAll(values: readonly unknown[]): this {
    for (const _ of values) this.op('drop');
    return this;
  }

  /** Any row of the table, for its own sake. */
  private computeAndDrop(): this {
    const memidx = this.tape.below(this.shape.memories.length);
    const rows = rowsByProfile[this.shape.profile].filter((row) => {
      return row.results.length > 0 && (this.shape.memories.length > 0 || !needsMemory(row));
    });
    const row = this.tape.pick(rows);
    return this.typedRow(row, memidx, this.shape.memories[memidx]?.address ?? I32).dropAll(row.results);
  }

  /** A row without results: a store. */
  private effect(): this {
    const memidx = this.tape.below(this.shape.memories.length);
    const rows = rowsByProfile[this.shape.profile].filter((row) => {
      return row.results.length === 0 && (this.shape.memories.length > 0 || !needsMemory(row));
    });
    this.typedRow(this.tape.pick(rows), memidx, this.shape.memories[memidx]?.address ?? I32);
    return this;
  }

  private assignment(): this {
    const globals = this.matching(this.shape.globals, ({ mutable }) => mutable);
    if (globals.length > 0 && this.tape.chance(2)) {
      const globalidx = this.tape.pick(globals);
      this.values([this.shape.globals[globalidx]?.content]);
      return this.indexed('global.set', globalidx);
    }
    if (this.locals.length === 0) return this.op('nop');
    const localidx = this.tape.below(this.locals.length);
    this.values([this.locals[localidx]]);
    this.indexed('local.set', localidx);
    return this;
  }

  private labelAt(labelidx: number): Label {
    return this.labels[this.labels.length - 1 - labelidx] as Label;
  }

  private branchIf(): this {
    const labelidx = this.tape.below(this.labels.length);
    const types = this.labelAt(labelidx);
    this.values([...types, I32]);
    this.indexed('br_if', labelidx);
    this.dropAll(types);
    return this;
  }

  private callAndDrop(): this {
    const funcidx = this.tape.below(this.shape.funcs.length);
    this.call(funcidx);
    this.dropAll(this.funcType(this.shape.funcs[funcidx]).results);
    return this;
  }

  /** A block whose code ends by leaving: what follows in it is unreachable. */
  private leaveBlock(): this {
    this.op('block');
    this.blockOf(undefined, [], () => {
      const labelidx = this.tape.below(this.labels.length);
      const types = this.labelAt(labelidx);
      const kind = this.tape.below(6);
      if (kind === 0) this.op('unreachable');
      else if (kind === 1) {
        this.values(this.results);
        this.op('return');
      } else if (kind === 2) {
        const labels = this.labels.flatMap((label, i) => (sameTypes(label, types) ? [this.labels.length - 1 - i] : []));
        this.values([...types, I32]);
        this.op('br_table');
        writeLabels(this.out, [...this.tape.list(0, 4, () => this.tape.pick(labels)), labelidx]);
      } else if (kind === 3) this.throwOrReturnCall();
      else {
        this.values(types);
        this.indexed('br', labelidx);
      }
      // Operands may come from nowhere here.
      if (this.tape.chance(2)) {
        this.op('i32.add');
        this.op('drop');
      }
    });
    return this;
  }

  private throwOrReturnCall(): this {
    const fits = (typeidx: number) => sameTypes(this.funcType(typeidx).results, this.results);
    const funcs = this.matching(this.shape.funcs, fits);
    if (funcs.length > 0 && this.tape.chance(2)) {
      const funcidx = this.tape.pick(funcs);
      this.values(this.funcType(this.shape.funcs[funcidx]).params);
      return this.indexed('return_call', funcidx);
    }
    if (this.shape.tags.length === 0) return this.op('unreachable');
    const tagidx = this.tape.below(this.shape.tags.length);
    this.values(this.funcType(this.shape.tags[tagidx]).params);
    this.indexed('throw', tagidx);
    return this;
  }

  /** Bulk memory and table instructions. */
  private bulk(): this {
    const { memories, tables, dataCount } = this.shape;
    const kind = this.tape.below(11);
    const memidx = this.tape.below(memories.length);
    const memory = memories[memidx];
    const tableidx = this.tape.below(tables.length);
    const table = tables[tableidx];
    if (kind === 0 && memory !== undefined && dataCount > 0) {
      this.values([memory.address, I32, I32]);
      return this.indexed('memory.init', this.tape.below(dataCount), memidx);
    }
    if (kind === 1 && dataCount > 0) return this.indexed('data.drop', this.tape.below(dataCount));
    if (kind === 2 && memory !== undefined) {
      this.values([memory.address, memory.address, memory.address]);
      return this.indexed('memory.copy', memidx, memidx);
    }
    if (kind === 3 && table !== undefined) {
      this.values([table.address, table.address, table.address]);
      return this.indexed('table.copy', tableidx, tableidx);
    }
    if (kind === 4 && table !== undefined) {
      this.values([table.element, table.address]);
      this.indexed('table.grow', tableidx);
      return this.op('drop');
    }
    if (kind === 5 && table !== undefined) {
      this.values([table.address, table.element]);
      return this.indexed('table.set', tableidx);
    }
    const funcElems = this.shape.elemTypes.length;
    if (kind === 6 && table?.element === FUNCREF && funcElems > 0) {
      this.values([table.address, I32, I32]);
      return this.indexed('table.init', this.tape.below(funcElems), tableidx);
    }
    if (kind === 7 && table !== undefined) return this.indexed('table.size', tableidx).op('drop');
    if (kind === 8 && table !== undefined) {
      return this.values([table.address, table.element, table.address]).indexed('table.fill', tableidx);
    }
    if (kind === 9 && funcElems > 0) return this.indexed('elem.drop', this.tape.below(funcElems));
    if (kind === 10 && table !== undefined) return this.values([table.element]).op('ref.is_null').op('drop');
    return this.op('nop');
  }

  /** What came with garbage collection and the newer exceptions. */
  private aggregate(): this {
    if (this.shape.profile === 'host') return this.op('nop');
    switch (this.tape.below(7)) {
      case 0:
        return this.structAccess();
      case 1:
      case 2:
        return this.arrayAccess();
      case 3:
        return this.i31();
      case 4:
        return this.cast();
      case 5:
        return this.handler();
      default:
        return this.callRef();
    }
  }

  private typesOfKind(kind: 'struct' | 'array'): number[] {
    return this.matching(this.shape.types, ({ comp }) => comp.kind === kind);
  }

  /** A reference to a new struct or array, or null. */
  private instance(typeidx: number, comp: StructType | ArrayType): this {
    if (this.tape.chance(3)) {
      this.op('ref.null');
      this.out.heapType(concreteHeapType(typeidx));
      return this;
    }
    const isDefault = this.tape.chance(2);
    if (comp.kind === 'struct') {
      if (isDefault) return this.indexed('struct.new_default', typeidx);
      return this.values(comp.fields.map(({ storage }) => unpacked(storage))).indexed('struct.new', typeidx);
    }
    const element = unpacked(comp.field.storage);
    if (!isRef(comp.field.storage) && this.shape.dataCount > 0 && this.tape.chance(3)) {
      return this.values([I32, I32]).indexed('array.new_data', typeidx, this.tape.below(this.shape.dataCount));
    }
    if (isDefault) return this.values([I32]).indexed('array.new_default', typeidx);
    if (this.tape.chance(2)) return this.values([element, I32]).indexed('array.new', typeidx);
    const count = this.tape.below(4);
    return this.values(Array<ValType>(count).fill(element)).indexed('array.new_fixed', typeidx, count);
  }

  /** `.get`, or one that says how a packed field widens. */
  private getter(of: 'struct' | 'array', { storage }: FieldType): Mnemonic {
    if (!isPacked(storage)) return `${of}.get`;
    return this.tape.chance(2) ? `${of}.get_s` : `${of}.get_u`;
  }

  private structAccess(): this {
    const types = this.typesOfKind('struct');
    if (types.length === 0) return this.op('nop');
    const typeidx = this.tape.pick(types);
    const comp = this.shape.types[typeidx]?.comp as StructType;
    this.instance(typeidx, comp);
    if (comp.fields.length === 0) return this.op('drop');
    const fieldidx = this.tape.below(comp.fields.length);
    const field = comp.fields[fieldidx] as FieldType;
    if (field.mutable && this.tape.chance(2)) {
      return this.values([unpacked(field.storage)]).indexed('struct.set', typeidx, fieldidx);
    }
    return this.indexed(this.getter('struct', field), typeidx, fieldidx).op('drop');
  }

  private arrayAccess(): this {
    const types = this.typesOfKind('array');
    if (types.length === 0) return this.op('nop');
    const typeidx = this.tape.pick(types);
    const comp = this.shape.types[typeidx]?.comp as ArrayType;
    const { field } = comp;
    const element = unpacked(field.storage);
    this.instance(typeidx, comp);
    const kind = this.tape.below(field.mutable ? 6 : 2);
    if (kind === 0) return this.op('array.len').op('drop');
    if (kind === 1) return this.values([I32]).indexed(this.getter('array', field), typeidx).op('drop');
    if (kind === 2) return this.values([I32, element]).indexed('array.set', typeidx);
    if (kind === 3) return this.values([I32, element, I32]).indexed('array.fill', typeidx);
    if (kind === 4) {
      this.values([I32]).instance(typeidx, comp);
      return this.values([I32, I32]).indexed('array.copy', typeidx, typeidx);
    }
    if (isRef(field.storage) || this.shape.dataCount === 0) return this.op('drop');
    return this.values([I32, I32, I32]).indexed('array.init_data', typeidx, this.tape.below(this.shape.dataCount));
  }

  private i31(): this {
    this.values([I32]).op('ref.i31');
    if (this.tape.chance(2)) return this.values([I32]).op('ref.i31').op('ref.eq').op('drop');
    return this.op(this.tape.chance(2) ? 'i31.get_s' : 'i31.get_u').op('drop');
  }

  /** A value of type `anyref`. */
  private any(): this {
    if (this.tape.chance(2)) return this.values([I32]).op('ref.i31');
    if (this.tape.chance(2)) return this.values([EXTERNREF]).op('any.convert_extern');
    this.op('ref.null');
    this.out.heapType(abstractHeapTypes.any);
    return this;
  }

  private cast(): this {
    const target = this.tape.pick(['eq', 'i31', 'struct', 'array', 'none', 'any'] as const);
    const heap = abstractHeapTypes[target];
    const nullable = this.tape.chance(2);
    const kind = this.tape.below(7);
    if (kind <= 1) {
      const names = ['ref.test', 'ref.test null', 'ref.cast', 'ref.cast null'] as const;
      this.any().op(this.tape.pick(names));
      this.out.heapType(heap);
      return this.op('drop');
    }
    if (kind === 2) return this.any().op('extern.convert_any').op('drop');
    if (kind === 3) return this.any().op('ref.as_non_null').op('drop');
    if (kind === 4) {
      return this.op('block').blockOf(undefined, [], () => this.any().indexed('br_on_null', 0).op('drop'));
    }
    if (kind === 5) {
      const anyNonNull = refType(abstractHeapTypes.any, false);
      const leave = () => this.any().indexed('br_on_non_null', 0).op('unreachable');
      return this.op('block').blockOf(anyNonNull, [anyNonNull], leave).op('drop');
    }
    const branch = () => {
      this.any().op(this.tape.chance(2) ? 'br_on_cast' : 'br_on_cast_fail');
      writeCastTypes(this.out, 0, { heap: abstractHeapTypes.any, nullable: true }, { heap, nullable });
    };
    return this.op('block').blockOf(ANYREF, [ANYREF], branch).op('drop');
  }

  /** Code whose exceptions are caught as a reference and thrown again. */
  private handler(): this {
    const protectedCode = () => {
      this.op('try_table');
      writeBlockType(this.out, -1, BOTTOM);
      writeCatches(this.out, [{ kind: 'catch_all_ref', tagidx: -1, labelidx: 0 }]);
      this.labels.push([]);
      this.statements();
      this.labels.pop();
      this.op('end').indexed('br', 1);
    };
    const caught = () => this.op('block').blockOf(EXNREF, [EXNREF], protectedCode).op('throw_ref');
    return this.op('block').blockOf(undefined, [], caught);
  }

  private callRef(): this {
    if (this.shape.declared.length === 0) return this.op('nop');
    const funcidx = this.tape.pick(this.shape.declared);
    const typeidx = this.shape.funcs[funcidx] as number;
    const { params, results } = this.funcType(typeidx);
    return this.values(params).indexed('ref.func', funcidx).indexed('call_ref', typeidx).dropAll(results);
  }
}

function sameTypes(a: readonly ValType[], b: readonly ValType[]): boolean {
  return a.length === b.length && a.every((type, i) => type === b[i]);
}

/** Writes a body for a function of the type, its `end` included. */
export function generateBody(
  out: ByteWriter,
  tape: Tape,
  shape: Shape,
  typeidx: number,
  groups: readonly LocalGroup[],
): void {
  const { params, results } = (shape.types[typeidx] as SubType).comp as FuncType;
  const locals = groups.flatMap(({ count, type }) => Array<ValType>(count).fill(type));
  new CodeGenerator(out, tape, shape, [...params, ...locals], results).body();
}
