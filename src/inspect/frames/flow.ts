/**
 * One walk over a function's body with the validator's checker: which run of operands is on the stack before
 * each instruction, and where blocks begin and end. What a place shows is looked up in the result.
 *
 * Branches and blocks hand operands on; all other instructions make what they push. Paths from code that
 * cannot be reached count for nothing.
 */
import { contextOf } from '../../interpreter/index.ts';
import type { Code } from '../../runtime/index.ts';
import {
  InternalError,
  instrId,
  instructions,
  type Mnemonic,
  type PolymorphicMnemonic,
  signatureOf,
  type ValType,
} from '../../syntax/index.ts';
import { BodyChecker, type ControlFrame } from '../../validator/index.ts';
import { IntList } from './int-list.ts';
import { EMPTY, OperandGraph } from './operand-graph.ts';

const IF = instrId('if');
const LOOP = instrId('loop');
/** Stands for an opcode where the block is the function's body. */
export const FUNCTION_BODY = -1;

/** What the walk keeps of an open block. */
interface OpenBlock {
  readonly index: number;
  readonly opcode: number;
  /** Operands below the block's parameters, and with them. */
  readonly base: number;
  readonly entry: number;
  readonly isEntryLive: boolean;
  /** Types that a branch to it carries. */
  readonly arity: number;
  /** −1 until a branch comes. */
  join: number;
  /** Something besides the fall-through comes to its end. */
  isReached: boolean;
  hasElse: boolean;
}

/** Where a block stands in the code. */
export interface BlockPlace {
  /** `FUNCTION_BODY`, or the id of its instruction. */
  readonly opcode: number;
  readonly byteOffset: number;
  /** Of the first instruction inside. */
  readonly bodyOffset: number;
  /** Of its `else` or first `catch`; −1 without. */
  readonly partOffset: number;
  /** Behind its `end`; the final `end` itself for the function's body. */
  readonly endOffset: number;
  /** Height of the operand stack below its parameters. */
  readonly height: number;
  readonly types: readonly ValType[];
  /** Number in order of the blocks' beginnings, the function's body not counted: label names go by it. */
  readonly labelNumber: number;
}

export class Flow {
  readonly graph = new OperandGraph();
  /** Byte offset of each instruction, the stack before it, and its block: ~block where it cannot be reached. */
  readonly pcs = new IntList();
  private readonly stacks = new IntList();
  private readonly blocks = new IntList();
  private readonly parents = new IntList();
  private readonly opcodes = new IntList();
  private readonly starts = new IntList();
  private readonly bodies = new IntList();
  private readonly parts = new IntList();
  private readonly ends = new IntList();
  private readonly heights = new IntList();
  private readonly depths = new IntList();
  private readonly labelTypes: (readonly ValType[])[] = [];

  // The walk's state.
  private readonly checker: BodyChecker;
  private readonly open: OpenBlock[] = [];
  private stack = EMPTY;
  private isLive = true;

  constructor(code: Code) {
    this.checker = new BodyChecker(contextOf(code), code.funcidx);
    const { reader, controls } = this.checker;
    this.openBlock(FUNCTION_BODY, reader.offset, controls[0] as ControlFrame);
    while (this.checker.next()) this.step();
  }

  /** How much memory it takes, in instructions. */
  get size(): number {
    return this.pcs.length;
  }

  /** The number of the instruction at a byte offset. @throws {InternalError} where none begins */
  find(pc: number): number {
    const index = this.pcs.lastNotAbove(pc);
    if (index < 0 || this.pcs.at(index) !== pc) throw new InternalError(`no instruction begins at byte ${pc}`);
    return index;
  }

  stackAt(index: number): number {
    return this.stacks.at(index);
  }

  isLiveAt(index: number): boolean {
    return this.blocks.at(index) >= 0;
  }

  /** Blocks open at an instruction. */
  depthAt(index: number): number {
    return this.depths.at(this.blockAt(index)) + 1;
  }

  private blockAt(index: number): number {
    const block = this.blocks.at(index);
    return block < 0 ? ~block : block;
  }

  /** The blocks open at an instruction, innermost first. */
  blocksAt(index: number): BlockPlace[] {
    const places: BlockPlace[] = [];
    for (let block = this.blockAt(index); block >= 0; block = this.parents.at(block)) {
      places.push({
        opcode: this.opcodes.at(block),
        byteOffset: this.starts.at(block),
        bodyOffset: this.bodies.at(block),
        partOffset: this.parts.at(block),
        endOffset: this.ends.at(block),
        height: this.heights.at(block),
        types: this.labelTypes[block] as readonly ValType[],
        labelNumber: block - 1,
      });
    }
    return places;
  }

  private step(): void {
    const { checker, graph } = this;
    const { reader } = checker;
    const { id, at } = reader;
    const { index } = this.open[this.open.length - 1] as OpenBlock;
    this.pcs.push(at);
    this.stacks.push(this.stack);
    this.blocks.push(this.isLive ? index : ~index);
    checker.check();
    const rule = controlRules[id];
    if (rule !== undefined) rule(this);
    else {
      const count = resultCounts[id] ?? this.calledResults();
      this.settle(checker.height - count);
      this.stack = graph.pushMade(this.stack, count, at);
    }
    if (checker.depth > 0 && graph.height(this.stack) !== checker.height) {
      throw new InternalError(`the operands before byte ${reader.offset} are miscounted`);
    }
  }

  /** Results of the call at hand. */
  private calledResults(): number {
    const { context, reader } = this.checker;
    const isDirect = reader.id === CALL;
    const type = isDirect ? context.funcTypes[reader.index] : this.checker.funcType(reader.index);
    return type === undefined ? 0 : type.results.length;
  }

  /** Makes the stack `height` operands, as the checker has them. */
  settle(height: number): void {
    const { graph } = this;
    this.stack = graph.cut(this.stack, height);
    const missing = height - graph.height(this.stack);
    if (missing > 0) this.stack = graph.pushNothing(this.stack, missing);
  }

  private openBlock(opcode: number, byteOffset: number, frame: ControlFrame): void {
    const { graph, open } = this;
    const { startTypes, endTypes, height } = frame;
    this.settle(height + startTypes.length);
    const types = opcode === LOOP ? startTypes : endTypes;
    const parent = open[open.length - 1]?.index ?? -1;
    const index = this.parents.push(parent);
    this.opcodes.push(opcode);
    this.starts.push(byteOffset);
    this.bodies.push(this.checker.reader.offset);
    this.parts.push(-1);
    this.ends.push(-1);
    this.heights.push(height);
    this.depths.push(open.length);
    this.labelTypes.push(types);
    const block: OpenBlock = {
      index,
      opcode,
      base: graph.cut(this.stack, height),
      entry: this.stack,
      isEntryLive: this.isLive,
      arity: types.length,
      join: -1,
      isReached: false,
      hasElse: false,
    };
    open.push(block);
    if (opcode === LOOP) this.enterLoop(block);
  }

  private enterLoop(block: OpenBlock): void {
    if (block.arity === 0) return;
    this.arrive(block, this.stack);
    this.stack = this.graph.pushJoined(block.base, this.joinOf(block));
  }

  private joinOf(block: OpenBlock): number {
    if (block.join < 0) block.join = this.graph.newJoin(block.arity);
    return block.join;
  }

  /** A live path with the label's operands on top of `stack` comes to a block's label. */
  private arrive(block: OpenBlock, stack: number): void {
    if (!this.isLive) return;
    block.isReached = true;
    if (block.arity > 0) this.graph.addEdge(this.joinOf(block), stack);
  }

  // What control instructions do; the checker has taken them.

  begin(): void {
    const { reader, controls, depth } = this.checker;
    this.openBlock(reader.id, reader.at, controls[depth - 1] as ControlFrame);
  }

  beginTryTable(): void {
    const { reader } = this.checker;
    for (const { labelidx } of reader.catches) {
      const block = this.open[this.open.length - 1 - labelidx] as OpenBlock;
      this.arrive(block, this.graph.pushMade(EMPTY, block.arity, reader.at));
    }
    this.begin();
  }

  beginElse(): void {
    const block = this.open[this.open.length - 1] as OpenBlock;
    this.arrive(block, this.stack);
    block.hasElse = true;
    this.parts.set(block.index, this.checker.reader.at);
    this.stack = block.entry;
    this.isLive = block.isEntryLive;
  }

  beginCatch(): void {
    const { reader, controls, depth } = this.checker;
    const block = this.open[this.open.length - 1] as OpenBlock;
    this.arrive(block, this.stack);
    if (this.parts.at(block.index) < 0) this.parts.set(block.index, reader.at);
    const { startTypes } = controls[depth - 1] as ControlFrame;
    this.stack = this.graph.pushMade(block.base, startTypes.length, reader.at);
    this.isLive = block.isEntryLive;
  }

  end(): void {
    const { reader } = this.checker;
    const block = this.open.pop() as OpenBlock;
    this.ends.set(block.index, block.opcode === FUNCTION_BODY ? reader.at : reader.offset);
    if (block.opcode === LOOP) {
      this.settle(this.checker.height);
      return;
    }
    // Without an else, a false condition hands the parameters on.
    if (block.opcode === IF && !block.hasElse && block.isEntryLive) {
      const { isLive } = this;
      this.isLive = true;
      this.arrive(block, block.entry);
      this.isLive = isLive;
    }
    if (!block.isReached) {
      this.settle(this.checker.height);
      return;
    }
    this.arrive(block, this.stack);
    this.stack = block.arity === 0 ? block.base : this.graph.pushJoined(block.base, block.join);
    this.isLive = true;
  }

  /** A branch with `dropCount` operands on top that it does not carry. */
  branch(labelidx: number, dropCount: number): void {
    const block = this.open[this.open.length - 1 - labelidx] as OpenBlock;
    const { graph, stack } = this;
    if (this.isLive) this.arrive(block, graph.cut(stack, graph.height(stack) - dropCount));
  }

  branchTable(): void {
    const { labels, labelCount } = this.checker.reader;
    if (!this.isLive) {
      this.die();
      return;
    }
    const stack = this.graph.cut(this.stack, this.graph.height(this.stack) - 1);
    for (let i = 0; i < labelCount; i++) {
      const block = this.open[this.open.length - 1 - (labels[i] as number)] as OpenBlock;
      this.arrive(block, stack);
    }
    this.die();
  }

  /** Takes the stack as the checker has left it. */
  follow(): void {
    this.settle(this.checker.height);
  }

  die(): void {
    this.follow();
    this.isLive = false;
  }

  /** The label that the instruction at hand branches to. */
  get labelidx(): number {
    return this.checker.reader.index;
  }
}

/** Instructions that hand operands on, or end paths. */
const controlRuleByName = {
  unreachable: (flow) => flow.die(),
  block: (flow) => flow.begin(),
  loop: (flow) => flow.begin(),
  if: (flow) => flow.begin(),
  try: (flow) => flow.begin(),
  try_table: (flow) => flow.beginTryTable(),
  else: (flow) => flow.beginElse(),
  catch: (flow) => flow.beginCatch(),
  catch_all: (flow) => flow.beginCatch(),
  end: (flow) => flow.end(),
  delegate: (flow) => flow.end(),
  br: (flow) => {
    flow.branch(flow.labelidx, 0);
    flow.die();
  },
  br_if: (flow) => {
    flow.branch(flow.labelidx, 1);
    flow.follow();
  },
  br_table: (flow) => flow.branchTable(),
  br_on_null: (flow) => {
    flow.branch(flow.labelidx, 1);
    flow.follow();
  },
  br_on_non_null: (flow) => {
    flow.branch(flow.labelidx, 0);
    flow.follow();
  },
  br_on_cast: (flow) => {
    flow.branch(flow.labelidx, 0);
    flow.follow();
  },
  br_on_cast_fail: (flow) => {
    flow.branch(flow.labelidx, 0);
    flow.follow();
  },
  return: (flow) => flow.die(),
  return_call: (flow) => flow.die(),
  return_call_indirect: (flow) => flow.die(),
  return_call_ref: (flow) => flow.die(),
  throw: (flow) => flow.die(),
  throw_ref: (flow) => flow.die(),
  rethrow: (flow) => flow.die(),
} satisfies Partial<Record<Mnemonic, (flow: Flow) => void>>;

const CALL = instrId('call');

/** Results of the other instructions without a signature; calls tell by their type. */
const resultCountByName = {
  call: undefined,
  call_indirect: undefined,
  call_ref: undefined,
  drop: 0,
  select: 1,
  select_t: 1,
  'local.get': 1,
  'local.set': 0,
  'local.tee': 1,
  'global.get': 1,
  'global.set': 0,
  'table.get': 1,
  'table.set': 0,
  'table.init': 0,
  'table.copy': 0,
  'table.grow': 1,
  'table.size': 1,
  'table.fill': 0,
  'memory.copy': 0,
  'ref.null': 1,
  'ref.is_null': 1,
  'ref.func': 1,
  'ref.as_non_null': 1,
  'ref.test': 1,
  'ref.test null': 1,
  'ref.cast': 1,
  'ref.cast null': 1,
  'struct.new': 1,
  'struct.new_default': 1,
  'struct.get': 1,
  'struct.get_s': 1,
  'struct.get_u': 1,
  'struct.set': 0,
  'array.new': 1,
  'array.new_default': 1,
  'array.new_fixed': 1,
  'array.new_data': 1,
  'array.new_elem': 1,
  'array.get': 1,
  'array.get_s': 1,
  'array.get_u': 1,
  'array.set': 0,
  'array.fill': 0,
  'array.copy': 0,
  'array.init_data': 0,
  'array.init_elem': 0,
  'any.convert_extern': 1,
  'extern.convert_any': 1,
} satisfies Record<Exclude<PolymorphicMnemonic, keyof typeof controlRuleByName>, number | undefined>;

/** By InstrId. */
const controlRules: readonly (((flow: Flow) => void) | undefined)[] = instructions.map(
  ({ name }) => (controlRuleByName as Partial<Record<Mnemonic, (flow: Flow) => void>>)[name],
);
const resultCounts: readonly (number | undefined)[] = instructions.map(
  (row) =>
    signatureOf(row)?.results.length ?? (resultCountByName as Partial<Record<Mnemonic, number | undefined>>)[row.name],
);
