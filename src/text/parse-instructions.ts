/**
 * Instruction sequences, plain and folded: text → bytes in the module's pool.
 *
 * One loop with a stack of its own, so nesting is bounded by memory alone. A folded instruction is
 * assembled into a side buffer when its keyword is read, since its immediates stand before its
 * operands, and moves to the pool at its closing parenthesis.
 *
 * @see https://webassembly.github.io/spec/core/text/instructions.html#folded-instructions
 */
import { ByteWriter, writeOpcode } from '../encoder/index.ts';
import { type Expr, type InstrId, instrId } from '../syntax/index.ts';
import type { Cursor } from './cursor.ts';
import { IndexSpace } from './index-space.ts';
import { instrIdOfKeyword } from './keywords.ts';
import { token } from './lexer.ts';
import type { ModuleContext } from './module-context.ts';
import { chosenId, type ImmediateScope, parseImmediates } from './parse-immediates.ts';

const blockId = instrId('block');
const loopId = instrId('loop');
const ifId = instrId('if');
const elseId = instrId('else');
const endId = instrId('end');
const tryId = instrId('try');
const catchId = instrId('catch');
const catchAllId = instrId('catch_all');
const delegateId = instrId('delegate');
const tryTableId = instrId('try_table');
const brIfId = instrId('br_if');

const blockIds: ReadonlySet<InstrId> = new Set([blockId, loopId, ifId, tryId, tryTableId]);
/** Keywords of instructions that only stand inside a structured one. */
const partIds: ReadonlySet<InstrId> = new Set([elseId, endId, catchId, catchAllId, delegateId]);

/** A block's identifier, and what `(@name …)` calls it. */
interface Label {
  readonly id: string | undefined;
  readonly shown: string | undefined;
}

/** Something that is open: a structured instruction, one of its parts, or a folded instruction. */
interface Frame {
  /**
   * `block`: structured, closed by `end` or, folded, by its parenthesis; `plain`: a folded plain
   * instruction; `if`, `try`: folded, whose contents are parts; `part`: `(then …)`, `(do …)`, …
   */
  readonly form: 'block' | 'plain' | 'if' | 'try' | 'part';
  readonly id: InstrId;
  readonly folded: boolean;
  /** Source offset of the instruction's keyword. */
  readonly offset: number;
  /** Where its bytes begin in the side buffer: folded `plain` and `if`. */
  readonly pendingStart: number;
  readonly label: Label | undefined;
  /** Seen: of an `if` 0 nothing, 1 then, 2 else; of a `try` 0 nothing, 1 do, 2 catch, 3 catch_all, 4 delegate. */
  stage: number;
  readonly hint: number | undefined;
}

export class InstructionParser implements ImmediateScope {
  readonly cursor: Cursor;
  readonly context: ModuleContext;
  locals = new IndexSpace('local');
  private readonly pool: ByteWriter;
  private readonly pending = new ByteWriter();
  private readonly frames: Frame[] = [];
  /** Identifiers of the labels in scope, innermost last. */
  private labels: (string | undefined)[] = [];
  private labelCount = 0;
  private labelNames = new Map<number, string>();
  /** Branch hints of the body at hand: offset in the pool, and value; `undefined` outside of functions. */
  private hints: { byteOffset: number; value: number }[] | undefined;

  constructor(cursor: Cursor, context: ModuleContext) {
    this.cursor = cursor;
    this.context = context;
    this.pool = context.pool;
  }

  /** A constant expression up to a closing parenthesis, which stays. */
  constExpr(): Expr {
    return this.expr(() => this.sequence(false));
  }

  /** A single folded instruction as a constant expression. */
  foldedExpr(): Expr {
    if (this.cursor.kind !== token.open) this.cursor.unexpected('(');
    return this.expr(() => this.sequence(true));
  }

  private expr(parse: () => void): Expr {
    const start = this.pool.length;
    this.locals = new IndexSpace('local');
    this.labels = [];
    parse();
    this.emit(endId, this.cursor.offset);
    return this.context.exprFrom(start);
  }

  /** A function's body up to a closing parenthesis, which stays. */
  body(locals: IndexSpace): {
    expr: Expr;
    labelNames: ReadonlyMap<number, string>;
    hints: { byteOffset: number; value: number }[];
  } {
    const start = this.pool.length;
    const hints: { byteOffset: number; value: number }[] = [];
    this.locals = locals;
    // The body itself is a label: a branch to it returns.
    this.labels = [undefined];
    this.labelCount = 0;
    this.labelNames = new Map();
    this.hints = hints;
    const { at } = this.cursor;
    this.sequence(false);
    if (!this.context.annotations.isEmpty) this.context.annotations.checkBranchHints(at, this.cursor.at);
    this.emit(endId, this.cursor.offset);
    this.hints = undefined;
    return { expr: this.context.exprFrom(start), labelNames: this.labelNames, hints };
  }

  /** A label index: a number, or an identifier counted from the innermost label. */
  readonly labelidx = (): number => {
    const { cursor, labels } = this;
    const { at } = cursor;
    const id = cursor.acceptId();
    if (id === undefined) return cursor.u32('a label');
    const position = labels.lastIndexOf(id);
    if (position < 0) cursor.fail(`unknown label $${id}`, at);
    return labels.length - 1 - position;
  };

  /** Instructions up to a closing parenthesis that is not theirs; with `single`, one folded instruction. */
  private sequence(single: boolean): void {
    const { cursor, frames } = this;
    for (;;) {
      const { kind } = cursor;
      if (kind === token.close) {
        if (frames.length === 0) return;
        this.closeFolded();
        if (single && frames.length === 0) return;
      } else if (kind === token.open) this.openFolded();
      else if (kind === token.keyword) this.plainOrBlock();
      else cursor.unexpected('an instruction');
    }
  }

  private get top(): Frame | undefined {
    return this.frames[this.frames.length - 1];
  }

  private emit(id: InstrId, sourceOffset: number, out = this.pool): void {
    if (out === this.pool) this.markPlace(sourceOffset);
    writeOpcode(out, id);
  }

  /** Notes that the pool's next byte begins the instruction written at a source offset. */
  private markPlace(sourceOffset: number): void {
    this.context.codeOffsets.push(this.pool.length);
    this.context.sourceOffsets.push(sourceOffset);
  }

  private keywordId(): InstrId {
    const cursor: Cursor = this.cursor;
    const id = cursor.kind === token.keyword ? instrIdOfKeyword(cursor.text) : undefined;
    if (id === undefined) cursor.unexpected('an instruction');
    return id;
  }

  private pushLabel(label: Label | undefined): void {
    this.labels.push(label?.id);
    const name = label?.shown ?? label?.id;
    if (name !== undefined) this.labelNames.set(this.labelCount, name);
    this.labelCount++;
  }

  private blockLabel(): Label | undefined {
    const id = this.cursor.acceptId();
    const shown = this.context.annotations.takeName(this.cursor.at);
    return id === undefined && shown === undefined ? undefined : { id, shown };
  }

  /** The branch hint before a token; the instruction it stands before must be a conditional branch. */
  private takeHint(before: number, id: InstrId): number | undefined {
    const { annotations } = this.context;
    if (annotations.isEmpty || this.hints === undefined) return undefined;
    const hint = annotations.takeBranchHint(before);
    if (hint !== undefined && id !== ifId && id !== brIfId) {
      this.cursor.fail('@metadata.code.branch_hint annotation: invalid target', before);
    }
    return hint;
  }

  private addHint(hint: number | undefined): void {
    if (hint !== undefined) this.hints?.push({ byteOffset: this.pool.length, value: hint });
  }

  // — Unfolded —

  private plainOrBlock(): void {
    const { cursor } = this;
    const form = this.top?.form;
    if (form === 'if' || form === 'try') cursor.unexpected('(');
    const id = this.keywordId();
    const { offset } = cursor;
    const hint = this.takeHint(cursor.at, id);
    if (partIds.has(id)) {
      this.part(id);
      return;
    }
    cursor.at++;
    if (blockIds.has(id)) {
      const label = this.blockLabel();
      this.addHint(hint);
      this.emit(id, offset);
      parseImmediates(this, this.pool, id);
      this.pushLabel(label);
      this.pushFrame('block', id, false, offset, label);
      return;
    }
    const chosen = chosenId(this, id);
    this.addHint(hint);
    this.emit(chosen, offset);
    parseImmediates(this, this.pool, chosen);
  }

  private pushFrame(
    form: Frame['form'],
    id: InstrId,
    folded: boolean,
    offset: number,
    label?: Label,
    pendingStart = 0,
    hint?: number,
  ): void {
    this.frames.push({ form, id, folded, offset, pendingStart, label, stage: 0, hint });
  }

  /** `else`, `end`, `catch`, `catch_all`, `delegate` of the innermost unfolded block. */
  private part(id: InstrId): void {
    const cursor: Cursor = this.cursor;
    const { top } = this;
    if (top === undefined || top.folded) cursor.unexpected('an instruction');
    const isAllowed =
      id === endId ||
      (id === elseId && top.id === ifId && top.stage === 0) ||
      (top.id === tryId && (id === delegateId ? top.stage === 0 : id !== elseId && top.stage < 3));
    if (!isAllowed) cursor.unexpected('end');
    const { offset } = cursor;
    cursor.at++;
    if (id === endId || id === delegateId) {
      this.labels.pop();
      this.frames.pop();
    }
    this.emit(id, offset);
    if (id === elseId || id === endId) {
      this.checkLabel(top.label?.id);
      top.stage = 1;
      return;
    }
    top.stage = id === catchAllId ? 3 : 2;
    this.clauseImmediate(id);
  }

  /** What follows `catch`, `catch_all` or `delegate`. */
  private clauseImmediate(id: InstrId): void {
    if (id === catchId) this.pool.u32(this.context.spaces.tag.index(this.cursor));
    else if (id === delegateId) this.pool.u32(this.labelidx());
  }

  private checkLabel(label: string | undefined): void {
    const { at } = this.cursor;
    const id = this.cursor.acceptId();
    if (id !== undefined && id !== label) this.cursor.fail(`mismatching label $${id}`, at);
  }

  // — Folded —

  private openFolded(): void {
    const { cursor, top } = this;
    const { at } = cursor;
    cursor.at++;
    if (top?.form === 'if' && (top.stage > 0 || cursor.isKeyword('then'))) {
      this.openBranch(top);
      return;
    }
    if (top?.form === 'try') {
      this.openClause(top);
      return;
    }
    const id = this.keywordId();
    if (partIds.has(id)) cursor.unexpected('an instruction');
    const hint = this.takeHint(at, id) ?? this.takeHint(cursor.at, id);
    if (blockIds.has(id)) this.openBlock(id, hint);
    else this.openPlain(id, hint);
  }

  private openPlain(keywordId: InstrId, hint: number | undefined): void {
    const { cursor, pending } = this;
    const { offset } = cursor;
    cursor.at++;
    const id = chosenId(this, keywordId);
    const pendingStart = pending.length;
    writeOpcode(pending, id);
    parseImmediates(this, pending, id);
    this.pushFrame('plain', id, true, offset, undefined, pendingStart, hint);
  }

  private openBlock(id: InstrId, hint: number | undefined): void {
    const { cursor, pending } = this;
    const { offset } = cursor;
    cursor.at++;
    const label = this.blockLabel();
    if (id === ifId) {
      // The condition's code comes before the `if`.
      const pendingStart = pending.length;
      writeOpcode(pending, id);
      parseImmediates(this, pending, id);
      this.pushFrame('if', id, true, offset, label, pendingStart, hint);
      return;
    }
    this.emit(id, offset);
    parseImmediates(this, this.pool, id);
    this.pushLabel(label);
    this.pushFrame(id === tryId ? 'try' : 'block', id, true, offset, label);
  }

  /** `(then …)` or `(else …)` of a folded `if`. */
  private openBranch(frame: Frame): void {
    const { cursor } = this;
    const { offset } = cursor;
    if (frame.stage === 0) {
      cursor.expectKeyword('then');
      this.flushPending(frame);
      this.pushLabel(frame.label);
    } else {
      if (frame.stage > 1) cursor.unexpected(')');
      cursor.expectKeyword('else');
      this.emit(elseId, offset);
    }
    frame.stage++;
    this.pushFrame('part', frame.id, true, offset);
  }

  /** `(do …)`, `(catch x …)`, `(catch_all …)` or `(delegate l)` of a folded `try`. */
  private openClause(frame: Frame): void {
    const { cursor } = this;
    const { offset } = cursor;
    if (frame.stage === 0) {
      cursor.expectKeyword('do');
      frame.stage = 1;
      this.pushFrame('part', frame.id, true, offset);
      return;
    }
    const id = this.keywordId();
    const isAllowed = id === delegateId ? frame.stage === 1 : (id === catchId || id === catchAllId) && frame.stage < 3;
    if (!isAllowed) cursor.unexpected(')');
    cursor.at++;
    if (id === delegateId) this.labels.pop();
    this.emit(id, offset);
    this.clauseImmediate(id);
    frame.stage = id === delegateId ? 4 : id === catchAllId ? 3 : 2;
    this.pushFrame('part', frame.id, true, offset);
  }

  private flushPending(frame: Frame): void {
    const { pending, pool } = this;
    this.addHint(frame.hint);
    this.markPlace(frame.offset);
    pool.copy(pending, frame.pendingStart, pending.length);
    pending.truncate(frame.pendingStart);
  }

  /** A closing parenthesis inside the sequence. */
  private closeFolded(): void {
    const { cursor, frames } = this;
    const frame = this.top as Frame;
    if (!frame.folded) cursor.unexpected('end');
    const { offset } = cursor;
    const isIncomplete = (frame.form === 'if' || frame.form === 'try') && frame.stage === 0;
    if (isIncomplete) cursor.unexpected(frame.form === 'if' ? '(then' : '(do');
    cursor.at++;
    frames.pop();
    if (frame.form === 'part') return;
    if (frame.form === 'plain') {
      this.flushPending(frame);
      return;
    }
    const isDelegated = frame.form === 'try' && frame.stage === 4;
    if (isDelegated) return;
    this.labels.pop();
    this.emit(endId, offset);
  }
}
