/**
 * Function bodies and constant expressions as text: one instruction a line with blocks indented, or
 * folded into S-expressions.
 *
 * Code that is not validated prints too, as long as it is well-formed. Nesting is followed without recursion.
 *
 * @see https://webassembly.github.io/spec/core/text/instructions.html#folded-instructions
 */
import { BRANCH_HINT_SECTION, InstructionReader } from '../decoder/index.ts';
import { type Expr, type InstrId, instrId } from '../syntax/index.ts';
import { type ArityContext, arityOf, arityOfBlock } from './print-arity.ts';
import { printInstruction } from './print-instruction.ts';
import type { TextLines } from './print-lines.ts';
import type { ModuleNames } from './print-names.ts';

const blockStarts = new Set<InstrId>((['block', 'loop', 'if', 'try', 'try_table'] as const).map(instrId));
const middles = new Set<InstrId>((['else', 'catch', 'catch_all'] as const).map(instrId));
const ifId = instrId('if');
const tryId = instrId('try');
const loopId = instrId('loop');
const endId = instrId('end');
const elseId = instrId('else');
const delegateId = instrId('delegate');

export function readerOf(bytes: Uint8Array, { byteOffset, byteLength }: Expr): InstructionReader {
  return new InstructionReader(bytes, byteOffset, byteOffset + byteLength);
}

/** Branch hints of a body by the branch's offset in the binary: whether it is likely taken. */
export type HintsByOffset = ReadonlyMap<number, boolean>;

const noHints: HintsByOffset = new Map<number, boolean>();

/** The annotation that stands before a branch, with a space after, or nothing. */
function hintText(hints: HintsByOffset, byteOffset: number): string {
  const likely = hints.get(byteOffset);
  return likely === undefined ? '' : `(@${BRANCH_HINT_SECTION} "\\0${likely ? 1 : 0}") `;
}

/** A block's first line: keyword, label, the block's number as branches show it, type. */
function printBlockStart(reader: InstructionReader, names: ModuleNames): string {
  const instruction = printInstruction(reader, names);
  const keywordLength = instruction.indexOf(' ') < 0 ? instruction.length : instruction.indexOf(' ');
  const label = names.openLabel();
  return `${instruction.slice(0, keywordLength)}${label} (;@${names.depth};)${instruction.slice(keywordLength)}`;
}

/** Fails when bytes follow the `end` that closes the body. */
function checkWholeBody(reader: InstructionReader): void {
  if (!reader.done) reader.fail('section size mismatch: code after the end of the function');
}

/** Prints a body flat. `names` has entered the function. @throws {DecodeError} for ill-formed code */
export function printFlat(
  reader: InstructionReader,
  names: ModuleNames,
  out: TextLines,
  indent: number,
  hints = noHints,
): void {
  for (;;) {
    reader.next();
    const { id, at } = reader;
    if (id === endId && names.depth === 0) break;
    if (blockStarts.has(id)) {
      const depth = names.depth;
      out.add(indent + depth, hintText(hints, at) + printBlockStart(reader, names), at);
      continue;
    }
    if (id === endId || id === delegateId) names.closeLabel();
    const outdent = middles.has(id) ? 1 : 0;
    const text = hintText(hints, at) + printInstruction(reader, names);
    out.add(Math.max(indent, indent + names.depth - outdent), text, at);
  }
  checkWholeBody(reader);
}

/** A folded instruction, or a part of a block such as `(then …)`. */
interface FoldedNode {
  /** What stands before the parenthesis: a branch hint. */
  readonly lead: string;
  readonly head: string;
  readonly byteOffset: number;
  readonly children: FoldedNode[];
  readonly resultCount: number;
  /** The whole node in one line, when it is short. */
  readonly inline: string | undefined;
}

/** A block being read: instructions go into `list`, the children of its last part. */
interface OpenBlock {
  readonly id: InstrId;
  readonly node: FoldedNode;
  list: FoldedNode[];
  readonly labelArity: number;
}

const MAX_INLINE = 80;

function inlineText(lead: string, head: string, children: readonly FoldedNode[]): string | undefined {
  let text = `${lead}(${head}`;
  for (const child of children) {
    if (child.inline === undefined) return undefined;
    text += ` ${child.inline}`;
    if (text.length > MAX_INLINE) return undefined;
  }
  return `${text})`;
}

/** Takes the operands off the end of `list`: as many whole nodes as give at most `operandCount` results. */
function takeOperands(list: FoldedNode[], operandCount: number): FoldedNode[] {
  let needed = operandCount;
  let from = list.length;
  while (from > 0) {
    const { resultCount } = list[from - 1] as FoldedNode;
    if (resultCount === 0 || resultCount > needed) break;
    needed -= resultCount;
    from--;
  }
  return list.splice(from);
}

function part(head: string, byteOffset: number): FoldedNode {
  return { lead: '', head, byteOffset, children: [], resultCount: 0, inline: undefined };
}

/** Prints a body folded. `names` has entered the function. @throws {DecodeError} for ill-formed code */
export function printFolded(
  reader: InstructionReader,
  names: ModuleNames,
  context: Omit<ArityContext, 'labelArity'>,
  out: TextLines,
  indent: number,
  hints = noHints,
): void {
  for (const node of foldBody(reader, names, context, hints)) printNode(node, out, indent);
}

function foldBody(
  reader: InstructionReader,
  names: ModuleNames,
  context: Omit<ArityContext, 'labelArity'>,
  hints: HintsByOffset,
): readonly FoldedNode[] {
  const body: FoldedNode[] = [];
  const blocks: OpenBlock[] = [];
  const labelArity = (labelidx: number) => blocks[blocks.length - 1 - labelidx]?.labelArity ?? context.returnArity;
  const arities: ArityContext = { ...context, labelArity };
  for (;;) {
    reader.next();
    const { id, at } = reader;
    const block = blocks[blocks.length - 1];
    const list = block?.list ?? body;
    if (blockStarts.has(id)) {
      blocks.push(openBlock(reader, names, arities, list, hintText(hints, at)));
    } else if (middles.has(id)) {
      continueBlock(reader, names, block);
    } else if (id === endId || id === delegateId) {
      if (block === undefined) {
        checkWholeBody(reader);
        return body;
      }
      names.closeLabel();
      blocks.pop();
      if (id === delegateId) block.node.children.push(part(printInstruction(reader, names), at));
    } else {
      const [operandCount, resultCount] = arityOf(reader, arities);
      const head = printInstruction(reader, names);
      const children = takeOperands(list, operandCount);
      const lead = hintText(hints, at);
      list.push({ lead, head, byteOffset: at, children, resultCount, inline: inlineText(lead, head, children) });
    }
  }
}

function openBlock(
  reader: InstructionReader,
  names: ModuleNames,
  context: ArityContext,
  list: FoldedNode[],
  lead: string,
): OpenBlock {
  const { id, at } = reader;
  const [operandCount, resultCount] = arityOf(reader, context);
  const [paramCount] = arityOfBlock(reader, context);
  const children = takeOperands(list, operandCount);
  const node: FoldedNode = {
    lead,
    head: printBlockStart(reader, names),
    byteOffset: at,
    children,
    resultCount,
    inline: undefined,
  };
  list.push(node);
  const block = { id, node, list: node.children, labelArity: id === loopId ? paramCount : resultCount };
  if (id === ifId) startPart(block, 'then', at);
  else if (id === tryId) startPart(block, 'do', at);
  return block;
}

/** `else`, `catch` and `catch_all` begin a block's next part. */
function continueBlock(reader: InstructionReader, names: ModuleNames, block: OpenBlock | undefined): void {
  const fits = block !== undefined && block.id === (reader.id === elseId ? ifId : tryId);
  if (!fits) reader.fail('END opcode expected', reader.at);
  startPart(block as OpenBlock, printInstruction(reader, names), reader.at);
}

function startPart(block: OpenBlock, head: string, byteOffset: number): void {
  const node = part(head, byteOffset);
  block.node.children.push(node);
  block.list = node.children;
}

/** Prints a node and all below it; `undefined` on the stack closes a parenthesis. */
function printNode(root: FoldedNode, out: TextLines, indent: number): void {
  const stack: (FoldedNode | undefined)[] = [root];
  let depth = indent;
  while (stack.length > 0) {
    const node = stack.pop();
    if (node === undefined) {
      out.append(')');
      depth--;
      continue;
    }
    if (node.inline !== undefined) {
      out.add(depth, node.inline, node.byteOffset);
      continue;
    }
    out.add(depth, `${node.lead}(${node.head}`, node.byteOffset);
    stack.push(undefined);
    for (let i = node.children.length - 1; i >= 0; i--) stack.push(node.children[i]);
    depth++;
  }
}

/**
 * A constant expression within a line, without its `end`: every plain instruction in parentheses of
 * its own, in order. (Blocks cannot be constant, but decode and so print, bare.)
 */
export function printExpr(bytes: Uint8Array, expr: Expr, names: ModuleNames): { text: string; count: number } {
  const reader = readerOf(bytes, expr);
  const parts: string[] = [];
  names.enterFunction(-1);
  for (;;) {
    reader.next();
    const { id } = reader;
    if (id === endId && names.depth === 0) break;
    if (id === endId || id === delegateId) names.closeLabel();
    const isPlain = !blockStarts.has(id) && !middles.has(id) && id !== endId && id !== delegateId;
    if (blockStarts.has(id)) parts.push(printBlockStart(reader, names));
    else parts.push(isPlain ? `(${printInstruction(reader, names)})` : printInstruction(reader, names));
  }
  checkWholeBody(reader);
  return { text: parts.join(' '), count: parts.length };
}
