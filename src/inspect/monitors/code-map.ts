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

/** Instructions that run one after the other: entered at the first, left behind the last. */
export interface Run {
  /** Number of its first instruction, and of the one after its last. */
  readonly first: number;
  end: number;
  /** The outcome of a conditional branch that alone leads here. */
  readonly origin: Edge | undefined;
}

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
  readonly runs: readonly Run[];
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
    this.byteOffsets = Uint32Array.from(builder.byteOffsets);
    this.ids = Uint16Array.from(builder.ids);
    this.runOf = Uint32Array.from(builder.runOf);
    this.runs = builder.runs;
    this.edges = builder.edges;
    this.branches = builder.branches;
    this.loops = builder.loops;
    this.functions = builder.functions;
    this.returnSites = builder.returnSites;
    const last = module.funcs[module.funcs.length - 1];
    this.codeOffset = module.funcs[0]?.body.byteOffset ?? 0;
    const byteLength = last === undefined ? 0 : last.body.byteOffset + last.body.byteLength - this.codeOffset;
    this.numbers = new Uint32Array(byteLength);
    this.byteOffsets.forEach((byteOffset, instr) => {
      this.numbers[byteOffset - this.codeOffset] = instr + 1;
    });
  }

  get instructionCount(): number {
    return this.byteOffsets.length;
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

/** Control comes from where an exception is thrown, or back to a loop. */
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

/** Reads bodies one by one and numbers what is in them. */
class Builder {
  readonly byteOffsets: number[] = [];
  readonly ids: number[] = [];
  readonly runOf: number[] = [];
  readonly runs: Run[] = [];
  readonly edges: Edge[] = [];
  readonly branches: Branch[] = [];
  readonly loops: Loop[] = [];
  readonly functions: FunctionMap[] = [];
  readonly returnSites = new Set<number>();
  private readonly module: Module;
  private blocks: OpenBlock[] = [];
  /** What leads to the next instruction. */
  private flow: Flow;
  /** Byte offsets of loops that a branch goes back to. */
  private usedLoops: ReadonlySet<number> = new Set();

  constructor(module: Module) {
    this.module = module;
  }

  private reader({ body }: Func): InstructionReader {
    return new InstructionReader(this.module.bytes, body.byteOffset, body.byteOffset + body.byteLength);
  }

  addFunction(funcidx: number, func: Func): void {
    const first = this.byteOffsets.length;
    this.usedLoops = loopsBranchedTo(this.reader(func));
    this.blocks = [{ loop: undefined, ifFalse: undefined, exits: undefined }];
    this.flow = elsewhere;
    const reader = this.reader(func);
    while (this.blocks.length > 0) {
      reader.next();
      if (isDelimiter(reader.id)) this.delimit(reader.id);
      else this.add(reader);
    }
    this.functions.push({ funcidx, func, first, end: this.byteOffsets.length });
  }

  private add(reader: InstructionReader): void {
    const { id, at } = reader;
    const instr = this.number(id, at);
    if (id === IF) this.branches.push({ instr, outcomeNames: ['true', 'false'] });
    else if (branchesOn.has(id)) this.branchOn(instr, reader.index);
    else if (id === BR_TABLE) this.branchByTable(instr, reader);
    else if (id === BR) this.exit(reader.index, instr, PLAIN);
    else if (id === TRY_TABLE) for (const { labelidx } of reader.catches) this.leadTo(labelidx, elsewhere);
    this.flow = flowBehind(id, instr);
    if (blockStarts.has(id)) this.open(id, instr, at);
  }

  private number(id: InstrId, at: number): number {
    const instr = this.byteOffsets.length;
    const { flow } = this;
    const goesOn =
      isEdge(flow) &&
      flow !== elsewhere &&
      flow.from === instr - 1 &&
      flow.outcome === PLAIN &&
      !calls.has(this.ids[flow.from]!);
    if (!goesOn) {
      const isOutcome = isEdge(flow) && flow.outcome !== PLAIN;
      this.runs.push({ first: instr, end: instr, origin: isOutcome ? flow : undefined });
      this.settle(flow, instr);
    }
    const run = this.runs.length - 1;
    this.runs[run]!.end = instr + 1;
    this.byteOffsets.push(at);
    this.ids.push(id);
    this.runOf.push(run);
    return instr;
  }

  /** All that flowed here leads to `instr`. */
  private settle(flow: Flow, instr: number): void {
    const waiting = [flow];
    for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
      if (!isEdge(each)) {
        waiting.push(each.one, each.other);
      } else if (each !== elsewhere) {
        if (calls.has(this.ids[each.from]!)) this.returnSites.add(instr);
        else this.addEdge(each, instr);
      }
    }
  }

  private addEdge(edge: Edge, to: number): void {
    edge.to = to;
    this.edges.push(edge);
  }

  private branchOn(instr: number, labelidx: number): void {
    this.branches.push({ instr, outcomeNames: ['taken', 'not taken'] });
    this.exit(labelidx, instr, 0);
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

  private open(id: InstrId, instr: number, at: number): void {
    const loop = id === LOOP ? { instr, end: instr + 1 } : undefined;
    const ifFalse = id === IF ? { from: instr, outcome: 1, to: -1 } : undefined;
    this.blocks.push({ loop, ifFalse, exits: undefined });
    if (loop === undefined) return;
    this.loops.push(loop);
    if (this.usedLoops.has(at)) this.flow = joined(this.flow, elsewhere);
  }

  private delimit(id: InstrId): void {
    const block = this.blocks[this.blocks.length - 1]!;
    if (id === END || id === DELEGATE) {
      if (block.loop !== undefined) block.loop.end = this.byteOffsets.length;
      this.flow = joined(joined(this.flow, block.exits), block.ifFalse);
      this.blocks.pop();
      return;
    }
    block.exits = joined(block.exits, this.flow);
    // What is no `else` is a handler.
    this.flow = id === ELSE ? block.ifFalse : elsewhere;
    block.ifFalse = undefined;
  }
}

/** What goes on behind an instruction. */
function flowBehind(id: InstrId, from: number): Flow {
  if (leaving.has(id)) return undefined;
  const outcome = id === IF ? 0 : branchesOn.has(id) ? 1 : PLAIN;
  return { from, outcome, to: -1 };
}

/** Byte offsets of the loops that some branch of the body goes back to. */
function loopsBranchedTo(reader: InstructionReader): Set<number> {
  const used = new Set<number>();
  const blocks: number[] = [-1];
  const mark = (labelidx: number): void => {
    used.add(blocks[blocks.length - 1 - labelidx]!);
  };
  while (blocks.length > 0) {
    reader.next();
    const { id } = reader;
    if (id === BR || branchesOn.has(id)) mark(reader.index);
    else if (id === BR_TABLE) for (let i = 0; i < reader.labelCount; i++) mark(reader.labels[i]!);
    else if (id === TRY_TABLE) for (const { labelidx } of reader.catches) mark(labelidx);
    if (blockStarts.has(id)) blocks.push(id === LOOP ? reader.at : -1);
    else if (id === END || id === DELEGATE) blocks.pop();
  }
  return used;
}
