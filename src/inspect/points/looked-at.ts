/**
 * A looked-at instance: its own clear code, and who wants to be asked where in it. Functions are lowered at
 * their first call, so what is wanted of a class of instructions is put in when a function's code comes.
 */
import { InstructionReader } from '../../decoder/index.ts';
import {
  changeCode,
  clearAt,
  codeAt,
  type Fiber,
  firstStop,
  hookAfter,
  hookEntry,
  isStop,
  operandsEnd,
  removeProbe,
  setProbe,
  stopsOf,
  twinOf,
} from '../../interpreter/index.ts';
import type { Code, Instance, Instr, ModuleCode } from '../../runtime/index.ts';
import { type InstrId, instructions, UsageError } from '../../syntax/index.ts';

/** An instruction that somebody wants to be asked about. */
export interface Site {
  readonly instance: Instance;
  readonly code: Code;
  /** Byte offset in the module. */
  readonly pc: number;
  readonly id: InstrId;
  /** Word offset from `fp` behind the topmost operand. */
  readonly endAt: number;
  readonly visitors: Visitor[];
}

/** Is asked before an instruction; false pauses there. */
export type Visitor = (t: Fiber, site: Site) => boolean;
/** Is told after an instruction, or at a function's entry. */
export type Listener = (t: Fiber, site: Site) => void;
/** Takes back what was put in. */
export type Removal = () => void;

interface ClassWatch {
  readonly ids: ReadonlySet<InstrId>;
  readonly before: Visitor | undefined;
  readonly after: Listener | undefined;
  readonly removals: Removal[];
}

interface EntryWatch {
  readonly listener: Listener;
  readonly removals: Removal[];
}

export class LookedAt {
  readonly instance: Instance;
  /** The code that all instances of the module share, and the clear code of this one. */
  private readonly shared: ModuleCode;
  private readonly own: ModuleCode;
  private readonly sites = new Map<Instr, Site>();
  private readonly classes = new Set<ClassWatch>();
  private readonly entries = new Set<EntryWatch>();
  private readonly codeListeners = new Set<(code: Code) => void>();

  /** @throws {UsageError} when somebody looks at it already, by way of another store */
  constructor(instance: Instance) {
    if (instance.code.onClear !== null) {
      throw new UsageError('somebody already looks at an instance that is linked with this one: close that session');
    }
    this.instance = instance;
    this.shared = instance.code;
    this.own = twinOf(instance.code);
    this.own.onClear = (code) => this.apply(code);
  }

  /** Runs clear code, where everybody is asked; or the shared code, where nobody is. */
  showClear(isClear: boolean, fibers: readonly Fiber[]): void {
    changeCode(this.instance, isClear ? this.own : this.shared, fibers);
  }

  /** Lets others look. */
  release(): void {
    this.own.onClear = null;
  }

  /** The function's own clear code. */
  codeOf(funcidx: number): Code | undefined {
    return this.own.codes[funcidx - this.own.importedFuncs];
  }

  /** The function whose body holds a byte offset; undefined when none does. */
  codeAround(byteOffset: number): Code | undefined {
    if (this.own.codes.length === 0) return undefined;
    const code = codeAt(this.own, byteOffset);
    const { body } = code.func;
    return byteOffset >= body.byteOffset && byteOffset < body.byteOffset + body.byteLength ? code : undefined;
  }

  /** Asks before the instruction at a byte offset. @returns undefined where no reachable instruction begins */
  visitAt(code: Code, pc: number, visitor: Visitor): Removal | undefined {
    const check = clearAt(code, pc);
    return isStop(check) && check.pc === pc ? this.visit(code, check, this.idAt(pc), visitor) : undefined;
  }

  /** Asks before a function's first instruction. @returns undefined when it has none */
  visitFirst(code: Code, visitor: Visitor): Removal | undefined {
    const check = firstStop(code);
    return check && this.visit(code, check, this.idAt(check.pc), visitor);
  }

  /** Tells of each function whose clear code there is, and will be. */
  eachCode(listener: (code: Code) => void): Removal {
    this.codeListeners.add(listener);
    for (const code of this.cleared()) listener(code);
    return () => {
      this.codeListeners.delete(listener);
    };
  }

  /** Asks before the instruction that a check of clear code stands before. */
  visitCheck(code: Code, check: Instr, visitor: Visitor): Removal {
    return this.visit(code, check, this.idAt(check.pc), visitor);
  }

  /** Asks before and tells after every instruction of a class. */
  visitClass(ids: ReadonlySet<InstrId>, before: Visitor | undefined, after: Listener | undefined): Removal {
    const watch: ClassWatch = { ids, before, after, removals: [] };
    this.classes.add(watch);
    for (const code of this.cleared()) this.applyClass(code, watch);
    return () => {
      this.classes.delete(watch);
      for (const remove of watch.removals) remove();
    };
  }

  /** Tells of every entry of a function. The site is that of its first byte. */
  visitEntries(listener: Listener): Removal {
    const watch: EntryWatch = { listener, removals: [] };
    this.entries.add(watch);
    for (const code of this.cleared()) this.applyEntry(code, watch);
    return () => {
      this.entries.delete(watch);
      for (const remove of watch.removals) remove();
    };
  }

  private cleared(): Code[] {
    return this.own.codes.filter(({ clear }) => clear !== undefined);
  }

  private apply(code: Code): void {
    for (const watch of this.entries) this.applyEntry(code, watch);
    for (const watch of this.classes) this.applyClass(code, watch);
    for (const listener of this.codeListeners) listener(code);
  }

  private applyEntry(code: Code, { listener, removals }: EntryWatch): void {
    const pc = code.func.body.byteOffset;
    const site: Site = { instance: this.instance, code, pc, id: this.idAt(pc), endAt: 0, visitors: [] };
    removals.push(
      hookEntry(code, (t, hook) => {
        listener(t, site);
        return hook.next;
      }),
    );
  }

  private applyClass(code: Code, { ids, before, after, removals }: ClassWatch): void {
    for (const check of stopsOf(code)) {
      const id = this.idAt(check.pc);
      if (!ids.has(id)) continue;
      if (before !== undefined) removals.push(this.visit(code, check, id, before));
      if (after !== undefined) removals.push(this.tell(code, check, id, after));
    }
  }

  private tell(code: Code, check: Instr, id: InstrId, after: Listener): Removal {
    const site = this.siteOf(code, check, id);
    return hookAfter(check, (t, hook) => {
      after(t, site);
      return hook.next;
    });
  }

  private visit(code: Code, check: Instr, id: InstrId, visitor: Visitor): Removal {
    const site = this.siteOf(code, check, id);
    if (site.visitors.length === 0) {
      this.sites.set(check, site);
      setProbe(check, site);
    }
    site.visitors.push(visitor);
    return () => this.remove(check, site, visitor);
  }

  private siteOf(code: Code, check: Instr, id: InstrId): Site {
    const endAt = operandsEnd(check);
    return this.sites.get(check) ?? { instance: this.instance, code, pc: check.pc, id, endAt, visitors: [] };
  }

  private remove(check: Instr, site: Site, visitor: Visitor): void {
    const at = site.visitors.indexOf(visitor);
    if (at < 0) return;
    site.visitors.splice(at, 1);
    if (site.visitors.length > 0) return;
    this.sites.delete(check);
    removeProbe(check);
  }

  private idAt(pc: number): InstrId {
    const { bytes } = this.instance.code.module;
    const reader = new InstructionReader(bytes, pc, bytes.length);
    reader.next();
    return reader.id;
  }
}

/** The instructions that a pattern means: `i32.add`, `*.load`, `*`. */
export function idsMatching(pattern: string): ReadonlySet<InstrId> {
  const source = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*+/g, '.*');
  const shape = new RegExp(`^${source}$`);
  const ids = new Set<InstrId>();
  instructions.forEach(({ name }, id) => {
    if (shape.test(name)) ids.add(id as InstrId);
  });
  return ids;
}

/** The instructions of some patterns, found when first asked for: at every start of the program it would take 3 ms. */
export function idsOf(...patterns: readonly string[]): () => ReadonlySet<InstrId> {
  let ids: ReadonlySet<InstrId> | undefined;
  return () => {
    ids ??= new Set(patterns.flatMap((pattern) => [...idsMatching(pattern)]));
    return ids;
  };
}
