/**
 * The fast code of a function as a row of 32-bit integers and back, for the module cache: a second start need not
 * lower what ran in the first. Branches are indices of instructions, types their typeidx.
 *
 * What is read is taken as it stands: the cache's own digest sees to it that only what was written is read.
 */
import { type Code, type Handler, Instr, type LoweredBody } from '../../runtime/index.ts';
import type { FarAccess } from '../cold/memory.ts';
import type { MoveExtent } from '../cold/reference.ts';
import type { VectorAccess } from '../cold/v128.ts';
import { slotOp } from './emitter.ts';
import { bigIntOf, floatOf } from './immediates.ts';

/** In front of a body, one after the other. */
const header = ['length', 'instrs', 'frameWords', 'jumps', 'constants', 'types', 'handlers'] as const;
/** Of an instruction: its operation and whether it is the last of its text; `a` `b` `c` `d` `cost` `pc`. */
const INSTR_WORDS = 7;
const OP_MASK = 0xffff;
const LAST = 1 << 16;

/** What stands in an instruction's `k`. The order is part of the form. */
const kinds = ['own', 'number', 'bigint', 'entries', 'words', 'indices', 'extent', 'access', 'lane'] as const;
type Kind = (typeof kinds)[number];

/** Those whose `d` is a canonical type id, which is one agent's. */
const typedOps = new Set(['call_indirect', 'call_indirect64', 'return_call_indirect'].map(slotOp));

/** Before an instruction has its number: it begins a text, or it is another one's `next`. */
const FIRST = -1;
const FOLLOWING = -2;

/** The instructions of a body with their numbers: each before its `next`, the entry first. */
function numbered({ entry, handlers }: LoweredBody): Map<Instr, number> {
  const numbers = new Map<Instr, number>([[entry, FIRST]]);
  const meet = (target: Instr) => {
    if (!numbers.has(target)) numbers.set(target, FIRST);
  };
  for (const { clauses } of handlers) for (const { label } of clauses) meet(label.target!);
  // The iteration comes to what is added on the way.
  for (const { next, t, k } of numbers.keys()) {
    if (next !== null) numbers.set(next, FOLLOWING);
    if (t !== null) meet(t);
    if (isEntries(k)) k.forEach(meet);
  }
  const firsts = [...numbers.keys()].filter((instr) => numbers.get(instr) === FIRST);
  numbers.clear();
  for (const first of firsts) {
    for (let instr: Instr | null = first; instr !== null; instr = instr.next) numbers.set(instr, numbers.size);
  }
  return numbers;
}

function isEntries(k: unknown): k is readonly Instr[] {
  return Array.isArray(k) && k[0] instanceof Instr;
}

/** Writes bodies one behind the other. */
export class BodyWriter {
  /** How many words there are. */
  length = 0;
  private buffer = new Int32Array(4096);
  /** Of the body being written. */
  private numbers: ReadonlyMap<Instr, number> = new Map();

  get words(): Int32Array {
    return this.buffer.slice(0, this.length);
  }

  /** What has been written before. */
  append(words: Int32Array): void {
    this.reserve(words.length);
    this.buffer.set(words, this.length);
    this.length += words.length;
  }

  /** False, and nothing is written, for a body whose constants belong to this agent, as layouts and casts do. */
  body(code: Code, body: LoweredBody): boolean {
    const start = this.length;
    this.numbers = numbered(body);
    const instrs = [...this.numbers.keys()];
    this.reserve(header.length + instrs.length * INSTR_WORDS);
    this.length += header.length;
    this.integers(instrs);
    const jumps = this.jumps(instrs);
    const constants = this.constants(code, instrs);
    if (constants === undefined) {
      this.length = start;
      return false;
    }
    const types = this.types(code, instrs);
    body.handlers.forEach((handler) => {
      this.handler(handler);
    });
    const counts = [instrs.length, body.frameWords, jumps, constants, types, body.handlers.length];
    this.buffer.set([this.length - start, ...counts], start);
    return true;
  }

  /** So many words more will fit. */
  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const grown = new Int32Array(2 * (this.length + count));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }

  private ints(...values: readonly number[]): void {
    this.reserve(values.length);
    for (const value of values) this.buffer[this.length++] = value;
  }

  /** A `br_table` may have more entries than a call takes arguments. */
  private list(values: Int32Array | readonly number[]): void {
    this.ints(values.length);
    for (const value of values) this.ints(value);
  }

  private number(value: number): void {
    this.ints(...new Int32Array(Float64Array.of(value).buffer));
  }

  /** Written one by one: lists of them, put together in the end, took six times as long (measured). */
  private integers(instrs: readonly Instr[]): void {
    const { buffer } = this;
    let at = this.length;
    for (const { op, a, b, c, d, cost, pc, next } of instrs) {
      buffer[at] = next === null ? op | LAST : op;
      buffer[at + 1] = a;
      buffer[at + 2] = b;
      buffer[at + 3] = c;
      buffer[at + 4] = d;
      buffer[at + 5] = cost;
      buffer[at + 6] = pc;
      at += INSTR_WORDS;
    }
    this.length = at;
  }

  private jumps(instrs: readonly Instr[]): number {
    let count = 0;
    for (const [i, { t }] of instrs.entries()) {
      if (t === null) continue;
      this.ints(i, this.numbers.get(t)!);
      count++;
    }
    return count;
  }

  private constants(code: Code, instrs: readonly Instr[]): number | undefined {
    let count = 0;
    for (const [i, { k }] of instrs.entries()) {
      if (k === null) continue;
      this.ints(i);
      if (!this.constant(code, k)) return undefined;
      count++;
    }
    return count;
  }

  /** Which instructions name a type, and the typeidx in place of the agent's own id. */
  private types({ module }: Code, instrs: readonly Instr[]): number {
    let count = 0;
    for (const [i, { op, d }] of instrs.entries()) {
      if (!typedOps.has(op)) continue;
      this.ints(i, module.typeIds.indexOf(d));
      count++;
    }
    return count;
  }

  private constant(code: Code, k: unknown): boolean {
    if (k === code) this.kind('own');
    else if (typeof k === 'number') this.kind('number').number(k);
    else if (typeof k === 'bigint') this.kind('bigint').ints(lowWord(k), lowWord(k >> BigInt(32)));
    else if (isEntries(k)) this.kind('entries').list(k.map((instr) => this.numbers.get(instr)!));
    else if (k instanceof Int32Array) this.kind('words').list(k);
    else if (Array.isArray(k)) this.kind('indices').list(k as number[]);
    else return this.record(k as object);
    return true;
  }

  private kind(kind: Kind): this {
    this.ints(kinds.indexOf(kind));
    return this;
  }

  private record(k: object): boolean {
    switch (Object.keys(k).join(' ')) {
      case 'words hasRefs': {
        const { words, hasRefs } = k as MoveExtent;
        this.kind('extent').ints(words, Number(hasRefs));
        return true;
      }
      case 'memidx offset': {
        const { memidx, offset } = k as FarAccess;
        this.kind('access').ints(memidx);
        this.number(offset);
        return true;
      }
      case 'memidx offset lane': {
        const { memidx, offset, lane } = k as VectorAccess;
        this.kind('lane').ints(memidx, lane);
        this.number(offset);
        return true;
      }
      default:
        return false;
    }
  }

  private handler({ from, to, clauses, delegateTo }: Handler): void {
    this.ints(from, to, Number(delegateTo !== undefined), delegateTo ?? 0, clauses.length);
    for (const { tagidx, withRef, at, keepAt, label } of clauses) {
      this.ints(tagidx, Number(withRef), at, keepAt, label.pc, label.potential, this.numbers.get(label.target!)!);
    }
  }
}

function lowWord(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

/** How many words a body at `at` has. */
export function bodyLength(words: Int32Array, at: number): number {
  return words[at]!;
}

/** The body whose words begin at `from`. */
export function bodyFromWords(code: Code, words: Int32Array, from: number): LoweredBody {
  const count = (name: (typeof header)[number]) => words[from + header.indexOf(name)]!;
  const instrs = readInstrs(words, from + header.length, count('instrs'));
  const source = new Source(words, from + header.length + instrs.length * INSTR_WORDS, instrs);
  for (let left = count('jumps'); left > 0; left--) source.instr().t = source.instr();
  for (let left = count('constants'); left > 0; left--) source.instr().k = source.constant(code);
  for (let left = count('types'); left > 0; left--) source.instr().d = code.module.typeIds[source.int()]!;
  const handlers: Handler[] = [];
  for (let left = count('handlers'); left > 0; left--) handlers.push(source.handler());
  return { entry: instrs[0]!, handlers, frameWords: count('frameWords'), byPc: undefined };
}

/** Instructions with all that is an integer, each joined to the next of its text. */
function readInstrs(words: Int32Array, from: number, count: number): Instr[] {
  const instrs: Instr[] = [];
  let previous: Instr | null = null;
  for (let i = 0, at = from; i < count; i++, at += INSTR_WORDS) {
    const head = words[at]!;
    const instr: Instr = new Instr(head & OP_MASK, words[at + 6]!);
    instr.a = words[at + 1]!;
    instr.b = words[at + 2]!;
    instr.c = words[at + 3]!;
    instr.d = words[at + 4]!;
    instr.cost = words[at + 5]!;
    if (previous !== null) previous.next = instr;
    previous = (head & LAST) !== 0 ? null : instr;
    instrs.push(instr);
  }
  return instrs;
}

/** Reads what stands behind the instructions. */
class Source {
  private readonly words: Int32Array;
  private at: number;
  private readonly instrs: readonly Instr[];

  constructor(words: Int32Array, at: number, instrs: readonly Instr[]) {
    this.words = words;
    this.at = at;
    this.instrs = instrs;
  }

  int(): number {
    return this.words[this.at++]!;
  }

  instr(): Instr {
    return this.instrs[this.int()]!;
  }

  private number(): number {
    return floatOf('f64', this.int(), this.int());
  }

  private list<Item>(read: () => Item): Item[] {
    return Array.from({ length: this.int() }, read);
  }

  constant(code: Code): unknown {
    const kind = kinds[this.int()]!;
    switch (kind) {
      case 'own':
        return code;
      case 'number':
        return this.number();
      case 'bigint':
        return bigIntOf(this.int(), this.int());
      case 'entries':
        return this.list(() => this.instr());
      case 'words':
        return Int32Array.from(this.list(() => this.int()));
      case 'indices':
        return this.list(() => this.int());
      case 'extent':
        return { words: this.int(), hasRefs: this.int() === 1 } satisfies MoveExtent;
      case 'access':
        return { memidx: this.int(), offset: this.number() } satisfies FarAccess;
      case 'lane':
        return this.lane();
    }
  }

  private lane(): VectorAccess {
    const memidx = this.int();
    const lane = this.int();
    return { memidx, offset: this.number(), lane };
  }

  handler(): Handler {
    const from = this.int();
    const to = this.int();
    const isDelegate = this.int() === 1;
    const delegateTo = this.int();
    const clauses = this.list(() => ({
      tagidx: this.int(),
      withRef: this.int() === 1,
      at: this.int(),
      keepAt: this.int(),
      label: { pc: this.int(), potential: this.int(), target: this.instr() },
    }));
    return { from, to, clauses, delegateTo: isDelegate ? delegateTo : undefined };
  }
}
