/**
 * A module's code as numbered instructions and straight runs of them, made once and by reading alone.
 *
 * A run is entered only at its first instruction and left only after its last (or by a trap), so counting
 * runs counts instructions. Delimiters (`else`, `end`, `catch` …) are no instructions. Nothing is run here.
 */
import { InstructionReader } from '../../decoder/index.ts';
import { isDelimiter } from '../../interpreter/index.ts';
import { type Func, type InstrId, importCount, instrId, type Mnemonic, type Module } from '../../syntax/index.ts';

const idsOf = (...names: Mnemonic[]): ReadonlySet<InstrId> => new Set(names.map(instrId));

const IF = instrId('if');
const ELSE = instrId('else');
const END = instrId('end');
const LOOP = instrId('loop');
const BR = instrId('br');
const BR_TABLE = instrId('br_table');
const DELEGATE = instrId('delegate');
const TRY_TABLE = instrId('try_table');
const blockStarts = idsOf('block', 'loop', 'if', 'try', 'try_table');
const calls = idsOf('call', 'call_indirect', 'call_ref');
/** Conditional branches to the label in `index`. */
const branchesOn = idsOf('br_if', 'br_on_null', 'br_on_non_null', 'br_on_cast', 'br_on_cast_fail');
/** Nothing behind these runs next. */
const leaving = idsOf(
  'unreachable',
  'br',
  'br_table',
  'return',
  'return_call',
  'return_call_indirect',
  'return_call_ref',
  'throw',
  'throw_ref',
  'rethrow',
);

/** A way from one instruction to another that does not follow it in a run. */
export interface Edge {
  readonly from: number;
  /** Of a conditional branch; `PLAIN` for others. */
  readonly outcome: number;
  /** The instruction it leads to. */
  to: number;
}

export const PLAIN = -1;

/** A conditional branch. Its outcomes are numbered from 0 as `outcomeNames` has them. */
export interface Branch {
  /** Number of the instruction. */
  readonly instr: number;
  readonly outcomeNames: readonly string[];
}

/** A loop: how often it is entered is how often its instruction runs, how often it goes round is its body's first. */
export interface Loop {
  readonly instr: number;
  /** Number of the first instruction behind the loop's `end`. */
  end: number;
}

export interface FunctionMap {
  readonly funcidx: number;
  readonly func: Func;
  /** Numbers of its instructions: `[first, end)`. */
  readonly first: number;
  readonly end: number;
}

/** Instructions of all functions, numbered in the order of the binary. */
export class CodeMap {
  readonly module: Module;
  readonly importedFuncs: number;
  /** Byte offset and id of each instruction. */
  readonly byteOffsets: Uint32Array;
  readonly ids: Uint16Array;
  /** Number of the run that each instruction is in. */
  readonly runOf: Uint32Array;
  /** First instruction of each run; it ends where the next one begins. The last entry is behind all of them. */
  readonly runFirst: Uint32Array;
  /** By run: the outcome of a conditional branch that alone leads to it. */
  readonly origins: ReadonlyMap<number, Edge>;
  /** Ways between instructions but those inside of runs, and from calls to where they return. */
  readonly edges: readonly Edge[];
  readonly branches: readonly Branch[];
  readonly loops: readonly Loop[];
  readonly functions: readonly FunctionMap[];
  private readonly returnSites: ReadonlySet<number>;
  /** Number of the instruction at each byte of the code section, plus one; 0 where none begins. */
  private readonly numbers: Uint32Array;
  private readonly codeOffset: number;

  constructor(module: Module) {
    const builder = new Builder(module);
    this.module = module;
    this.importedFuncs = importCount(module, 'func');
    module.funcs.forEach((func, i) => {
      builder.addFunction(this.importedFuncs + i, func);
    });
    const count = builder.instructionCount;
    this.byteOffsets = builder.byteOffsets.slice(0, count);
    this.ids = builder.ids.slice(0, count);
    this.runOf = builder.runOf.slice(0, count);
    this.runFirst = Uint32Array.from([...builder.runFirst, count]);
    this.origins = builder.origins;
    this.edges = builder.edges;
    this.branches = builder.branches;
    this.loops = builder.loops;
    this.functions = builder.functions;
    this.returnSites = builder.returnSites;
    this.codeOffset = builder.codeOffset;
    this.numbers = builder.numbers;
  }

  get instructionCount(): number {
    return this.byteOffsets.length;
  }

  get runCount(): number {
    return this.runFirst.length - 1;
  }

  /** Number of the instruction at a byte offset; −1 where none begins. */
  instrAt(byteOffset: number): number {
    return (this.numbers[byteOffset - this.codeOffset] ?? 0) - 1;
  }

  /** Does control come here when a call returns? */
  isReturnSite(instr: number): boolean {
    return this.returnSites.has(instr);
  }

  /** A function that the module defines. */
  functionAt(funcidx: number): FunctionMap | undefined {
    return this.functions[funcidx - this.importedFuncs];
  }

  /** The function that holds an instruction. */
  functionOf(instr: number): FunctionMap {
    let low = 0;
    let high = this.functions.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.functions[middle]!.first <= instr) low = middle;
      else high = middle - 1;
    }
    return this.functions[low]!;
  }
}

/** Ways that lead to the same place, not yet known; joined without copying, since blocks nest deep. */
type Flow = Edge | { readonly one: Flow; readonly other: Flow } | undefined;

/** Control comes from where an exception is thrown, from a loop's end, or from the caller. */
const elsewhere: Edge = { from: -1, outcome: PLAIN, to: -1 };

function joined(one: Flow, other: Flow): Flow {
  if (one === undefined || other === undefined) return one ?? other;
  return { one, other };
}

function isEdge(flow: Flow): flow is Edge {
  return flow !== undefined && 'from' in flow;
}

interface OpenBlock {
  readonly loop: Loop | undefined;
  /** Where a false condition comes from, until `else` takes it. */
  ifFalse: Flow;
  /** What leads to the block's end. */
  exits: Flow;
}

const takenOrNot = ['taken', 'not taken'];
const trueOrFalse = ['true', 'false'];

/** Reads bodies one by one and numbers what is in them. */
class Builder {
  instructionCount = 0;
  readonly byteOffsets: Uint32Array;
  readonly ids: Uint16Array;
  readonly runOf: Uint32Array;
  readonly runFirst: number[] = [];
  readonly origins = new Map<number, Edge>();
  readonly edges: Edge[] = [];
  readonly branches: Branch[] = [];
  readonly loops: Loop[] = [];
  readonly functions: FunctionMap[] = [];
  readonly returnSites = new Set<number>();
  readonly codeOffset: number;
  readonly numbers: Uint32Array;
  private readonly module: Module;
  private blocks: OpenBlock[] = [];
  /** What leads to the next instruction, besides the one before it when `goesOn`. */
  private flow: Flow;
  private goesOn = false;

  constructor(module: Module) {
    this.module = module;
    const last = module.funcs[module.funcs.length - 1];
    this.codeOffset = module.funcs[0]?.body.byteOffset ?? 0;
    // Every instruction takes at least a byte.
    const byteLength = last === undefined ? 0 : last.body.byteOffset + last.body.byteLength - this.codeOffset;
    this.numbers = new Uint32Array(byteLength);
    this.byteOffsets = new Uint32Array(byteLength);
    this.ids = new Uint16Array(byteLength);
    this.runOf = new Uint32Array(byteLength);
  }

  addFunction(funcidx: number, func: Func): void {
    const { byteOffset, byteLength } = func.body;
    const first = this.instructionCount;
    this.blocks = [{ loop: undefined, ifFalse: undefined, exits: undefined }];
    this.flow = elsewhere;
    this.goesOn = false;
    const reader = new InstructionReader(this.module.bytes, byteOffset, byteOffset + byteLength);
    while (this.blocks.length > 0) {
      reader.next();
      if (isDelimiter(reader.id)) this.delimit(reader.id);
      else this.add(reader);
    }
    this.functions.push({ funcidx, func, first, end: this.instructionCount });
  }

  private add(reader: InstructionReader): void {
    const { id, at } = reader;
    const instr = this.number(id, at);
    this.flow = undefined;
    this.goesOn = !leaving.has(id);
    if (branchesOn.has(id)) this.branchOn(instr, reader.index);
    else if (id === BR_TABLE) this.branchByTable(instr, reader);
    else if (id === BR) this.exit(reader.index, instr, PLAIN);
    else if (blockStarts.has(id)) this.open(instr, reader);
    else if (calls.has(id)) this.fall({ from: instr, outcome: PLAIN, to: -1 });
  }

  private number(id: InstrId, at: number): number {
    const instr = this.instructionCount++;
    if (this.flow !== undefined || !this.goesOn) this.beginRun(instr);
    this.byteOffsets[instr] = at;
    this.ids[instr] = id;
    this.runOf[instr] = this.runFirst.length - 1;
    this.numbers[at - this.codeOffset] = instr + 1;
    return instr;
  }

  private beginRun(instr: number): void {
    const flow = this.leadingHere(instr - 1);
    if (isEdge(flow) && flow.outcome !== PLAIN) this.origins.set(this.runFirst.length, flow);
    this.runFirst.push(instr);
    const waiting = [flow];
    for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
      if (!isEdge(each)) waiting.push(each.one, each.other);
      else if (each !== elsewhere && calls.has(this.ids[each.from]!)) this.returnSites.add(instr);
      else if (each !== elsewhere) this.addEdge(each, instr);
    }
  }

  /** All that leads on from here, `last` being the instruction before. */
  private leadingHere(last = this.instructionCount - 1): Flow {
    return this.goesOn ? joined({ from: last, outcome: PLAIN, to: -1 }, this.flow) : this.flow;
  }

  /** Control goes on by this way alone. */
  private fall(flow: Flow): void {
    this.flow = flow;
    this.goesOn = false;
  }

  private addEdge(edge: Edge, to: number): void {
    edge.to = to;
    this.edges.push(edge);
  }

  private branchOn(instr: number, labelidx: number): void {
    this.branches.push({ instr, outcomeNames: takenOrNot });
    this.exit(labelidx, instr, 0);
    this.fall({ from: instr, outcome: 1, to: -1 });
  }

  private branchByTable(instr: number, { labels, labelCount }: InstructionReader): void {
    const outcomeNames: string[] = [];
    for (let outcome = 0; outcome < labelCount; outcome++) {
      outcomeNames.push(outcome < labelCount - 1 ? String(outcome) : 'default');
      this.exit(labels[outcome]!, instr, outcome);
    }
    this.branches.push({ instr, outcomeNames });
  }

  private exit(labelidx: number, from: number, outcome: number): void {
    this.leadTo(labelidx, { from, outcome, to: -1 });
  }

  private leadTo(labelidx: number, edge: Edge): void {
    const block = this.blocks[this.blocks.length - 1 - labelidx]!;
    if (block.loop === undefined) block.exits = joined(block.exits, edge);
    else if (edge !== elsewhere) this.addEdge(edge, block.loop.instr + 1);
  }

  private open(instr: number, { id, catches }: InstructionReader): void {
    if (id === TRY_TABLE) for (const { labelidx } of catches) this.leadTo(labelidx, elsewhere);
    const block: OpenBlock = { loop: undefined, ifFalse: undefined, exits: undefined };
    if (id === LOOP) {
      const loop = { instr, end: instr + 1 };
      this.loops.push(loop);
      this.blocks.push({ ...block, loop });
      // Hardly any loop has no branch back to it.
      this.flow = elsewhere;
      return;
    }
    this.blocks.push(block);
    if (id !== IF) return;
    this.branches.push({ instr, outcomeNames: trueOrFalse });
    block.ifFalse = { from: instr, outcome: 1, to: -1 };
    this.fall({ from: instr, outcome: 0, to: -1 });
  }

  private delimit(id: InstrId): void {
    const block = this.blocks[this.blocks.length - 1]!;
    if (id === END || id === DELEGATE) {
      if (block.loop !== undefined) block.loop.end = this.instructionCount;
      const others = joined(block.exits, block.ifFalse);
      if (others !== undefined) this.flow = joined(this.flow, others);
      this.blocks.pop();
      return;
    }
    block.exits = joined(block.exits, this.leadingHere());
    // What is no `else` is a handler.
    this.fall(id === ELSE ? block.ifFalse : elsewhere);
    block.ifFalse = undefined;
  }
}
