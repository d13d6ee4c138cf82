/**
 * Makes a case small that still shows its difference: fewer calls, functions that do nothing, definitions and segments
 * left out, pieces of code replaced by zeros of the types they gave. Every step is tried in both engines.
 */
import { decodeModule, InstructionReader } from '../../decoder/index.ts';
import {
  type FuncType,
  GlassboxError,
  importCount,
  indexSpaces,
  instructions,
  type Module,
} from '../../syntax/index.ts';
import { createContext, validateModule } from '../../validator/index.ts';
import { CASE_FUEL, type Call, type Case, type Difference, type Verdict } from '../case.ts';
import { PrepareError } from '../prepare/index.ts';
import { type Cut, cutAt, deadCuts, emptyBody, type Step, simplerBlocks, spliced, stepsOf } from './body.ts';
import { unreferenced, unusedParams } from './references.ts';
import { type Edit, rewriteModule, type Space } from './rewrite.ts';

export interface ReduceOptions {
  /** When to be content with what there is. */
  readonly timeoutMs: number;
  compare(candidate: Case): Promise<Verdict>;
}

/** The smallest case found that differs in the same way. */
export async function reduceCase(testCase: Case, difference: Difference, options: ReduceOptions): Promise<Case> {
  return new Reducer(testCase, difference, options).reduce();
}

class Reducer {
  private best: Case;
  /** The module that ended by itself; absent: what its calls may do is counted. */
  private readonly ending: Uint8Array | undefined;
  private readonly difference: Difference;
  private readonly compare: ReduceOptions['compare'];
  private readonly deadline: number;

  constructor(testCase: Case, difference: Difference, { timeoutMs, compare }: ReduceOptions) {
    this.best = testCase;
    this.ending = testCase.fuel === 0 ? testCase.bytes : undefined;
    this.difference = difference;
    this.compare = compare;
    this.deadline = performance.now() + timeoutMs;
  }

  async reduce(): Promise<Case> {
    await this.fewerCalls();
    for (let before = Number.POSITIVE_INFINITY; this.best.bytes.length < before && !this.isLate; ) {
      before = this.best.bytes.length;
      await this.emptyFunctions();
      await this.fewerParts();
      await this.compact();
      await this.shorterBodies();
      await this.compact();
      await this.fewerCalls();
    }
    await this.fewerParams();
    await this.compact();
    await this.plainer();
    return this.best;
  }

  private get isLate(): boolean {
    return performance.now() > this.deadline;
  }

  /** Without a piece of it, what ended by itself may go on for ever: then it is counted. */
  private bounded(candidate: Case): Case {
    if (this.ending === undefined || candidate.bytes === this.ending) return candidate;
    return { ...candidate, fuel: canRunOn(candidate.bytes) ? CASE_FUEL : 0 };
  }

  /** Takes a candidate that differs in the same way. */
  private async take(changed: Case): Promise<boolean> {
    if (this.isLate || !isValid(changed.bytes)) return false;
    const candidate = this.bounded(changed);
    try {
      const verdict = await this.compare(candidate);
      if (verdict.kind !== 'different' || verdict.difference.kind !== this.difference.kind) return false;
    } catch (error) {
      if (error instanceof PrepareError || error instanceof GlassboxError) return false;
      throw error;
    }
    this.best = candidate;
    return true;
  }

  private edit(edit: Edit): Promise<boolean> {
    return this.take({ ...this.best, bytes: rewriteModule(this.best.bytes, edit) });
  }

  /** Drops as many items as can go: halves first, then less (delta debugging). */
  private async fewer<T>(items: readonly T[], attempt: (dropped: readonly T[]) => Promise<boolean>): Promise<void> {
    let dropped: T[] = [];
    let kept = [...items];
    for (let size = kept.length; size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < kept.length && !this.isLate; ) {
        const piece = kept.slice(at, at + size);
        if (await attempt([...dropped, ...piece])) {
          dropped = [...dropped, ...piece];
          kept = [...kept.slice(0, at), ...kept.slice(at + size)];
        } else at += size;
      }
    }
  }

  private async fewerCalls(): Promise<void> {
    const all = this.best.calls;
    await this.fewer(all, (dropped) => {
      const gone = new Set<Call>(dropped);
      return this.take({ ...this.best, calls: all.filter((call) => !gone.has(call)) });
    });
  }

  private async emptyFunctions(): Promise<void> {
    const module = decodeModule(this.best.bytes);
    const first = importCount(module, 'func');
    const { bytes } = this.best;
    const own = module.funcs.map((_, i) => first + i);
    await this.fewer(own, (emptied) => {
      const bodies = new Map(emptied.map((funcidx) => [funcidx, emptyBody(resultsOf(module, funcidx))]));
      return this.take({ ...this.best, bytes: rewriteModule(bytes, { bodies }) });
    });
  }

  /** Exports, the start function, segments. */
  private async fewerParts(): Promise<void> {
    await this.edit({ keepExport: () => false });
    await this.edit({ dropStart: true });
    for (const space of ['data', 'elem'] as const) {
      const { bytes } = this.best;
      const count = decodeModule(bytes)[space === 'data' ? 'datas' : 'elems'].length;
      const indices = Array.from({ length: count }, (_, index) => index);
      await this.fewer(indices, (dropped) =>
        this.take({ ...this.best, bytes: rewriteModule(bytes, { drop: { [space]: new Set(dropped) } }) }),
      );
    }
  }

  /** Leaves out what nothing refers to; calls follow their functions. */
  private async compact(): Promise<void> {
    for (let again = true; again && !this.isLate; ) {
      const { bytes, calls } = this.best;
      const edit = unreferenced(
        decodeModule(bytes),
        calls.map(({ funcidx }) => funcidx),
      );
      again = false;
      // Together, or else one kind after the other.
      const kinds = Object.keys(edit.drop!) as Space[];
      const edits: Edit[] = [edit, ...kinds.map((space) => ({ drop: { [space]: edit.drop![space]! } }))];
      for (const each of edits) {
        const gone = each.drop?.func ?? new Set<number>();
        const moved = calls.map((call) => ({ ...call, funcidx: call.funcidx - countBelow(gone, call.funcidx) }));
        const smaller = rewriteModule(bytes, each);
        if (smaller.length >= bytes.length) continue;
        if (await this.take({ ...this.best, bytes: smaller, calls: moved })) {
          again = true;
          break;
        }
      }
    }
  }

  private async shorterBodies(): Promise<void> {
    const module = decodeModule(this.best.bytes);
    const first = importCount(module, 'func');
    for (let i = module.funcs.length - 1; i >= 0; i--) await this.shorterBody(first + i);
  }

  private async shorterBody(funcidx: number): Promise<void> {
    const steps = () => stepsOf(createContext(decodeModule(this.best.bytes)), funcidx);
    const tryCut = ({ from, to, replacement }: Cut, current: readonly Step[]): Promise<boolean> =>
      this.edit({ bodies: new Map([[funcidx, spliced(current, from, to, replacement)]]) });
    const tryAny = async (cutsIn: (current: readonly Step[]) => readonly Cut[]): Promise<boolean> => {
      const current = steps();
      for (const cut of cutsIn(current)) if (!this.isLate && (await tryCut(cut, current))) return true;
      return false;
    };
    while (await tryAny(deadCuts));
    for (let size = steps().length; size >= 1 && !this.isLate; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      let current = steps();
      for (let at = 0; at < current.length - 1 && !this.isLate; ) {
        const cut = cutAt(current, at, size);
        if (cut !== undefined && (await tryCut(cut, current))) {
          current = steps();
          // A single step that became another one is done with.
          if (size === 1) at++;
        } else at += Math.max(1, size >> 1);
      }
    }
    while (await tryAny(simplerBlocks));
  }

  /** Parameters that are not used, where nothing but the case calls the function. */
  private async fewerParams(): Promise<void> {
    for (const funcidx of new Set(this.best.calls.map((call) => call.funcidx))) {
      const { bytes, calls } = this.best;
      const unused = unusedParams(decodeModule(bytes), funcidx);
      if (unused.size === 0) continue;
      const shorter = calls.map((call) => {
        return call.funcidx === funcidx ? { ...call, args: call.args.filter((_, i) => !unused.has(i)) } : call;
      });
      const dropParams = new Map([[funcidx, unused]]);
      await this.take({ ...this.best, bytes: rewriteModule(bytes, { dropParams }), calls: shorter });
    }
  }

  /** Zeros from imports, NaNs as they are, no counting down: where the difference does not need them. */
  private async plainer(): Promise<void> {
    if (this.best.importSeed !== 0) await this.take({ ...this.best, importSeed: 0 });
    for (const [at, { args }] of this.best.calls.entries()) {
      for (const i of args.keys()) {
        const zero = (call: Call): Call => ({
          ...call,
          args: call.args.map((bits, k) => (k === i ? zeroOf(bits) : bits)),
        });
        const calls = this.best.calls.map((call, k) => (k === at ? zero(call) : call));
        await this.take({ ...this.best, calls });
      }
    }
  }
}

/** Has it what may go on for ever? */
function canRunOn(bytes: Uint8Array): boolean {
  return decodeModule(bytes).funcs.some(({ body: { byteOffset, byteLength } }) => {
    const reader = new InstructionReader(bytes, byteOffset, byteOffset + byteLength);
    while (!reader.done) {
      reader.next();
      if (/^loop$|^(return_)?call/.test(instructions[reader.id]!.name)) return true;
    }
    return false;
  });
}

function zeroOf(bits: string): string {
  return bits === 'null' ? bits : '0'.repeat(bits.length);
}

function countBelow(indices: ReadonlySet<number>, limit: number): number {
  let count = 0;
  for (const index of indices) if (index < limit) count++;
  return count;
}

function resultsOf(module: Module, funcidx: number) {
  return (module.types[indexSpaces(module).funcs[funcidx]!]!.comp as FuncType).results;
}

function isValid(bytes: Uint8Array): boolean {
  try {
    validateModule(decodeModule(bytes));
    return true;
  } catch (error) {
    if (error instanceof GlassboxError) return false;
    throw error;
  }
}
