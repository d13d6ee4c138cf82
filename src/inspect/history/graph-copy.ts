/**
 * Copies of objects on the garbage-collected heap, with what they refer to: one copy for each object, so
 * that identity and cycles stay. Functions and values of the host are not copied.
 */
import { ArrayInst, ExceptionInst, Func, type Instance, StructInst } from '../../runtime/index.ts';

/** About what an object takes of the host's heap. */
const OBJECT_BYTES = 64;
const SLOT_BYTES = 8;

export class GraphCopy {
  private readonly copies = new Map<object, unknown>();
  private readonly waiting: unknown[][] = [];
  /** Instances whose functions were met. */
  readonly instances = new Set<Instance>();
  /** About what the copies take. */
  byteLength = 0;

  /** Copies a list of references, and all objects behind them. */
  list(refs: readonly unknown[]): unknown[] {
    const copy = refs.slice();
    this.waiting.push(copy);
    this.fill();
    return copy;
  }

  of(ref: unknown): unknown {
    return this.list([ref])[0];
  }

  /** The lists that wait hold originals; the loop is no recursion, for lists of a million nodes. */
  private fill(): void {
    for (let list = this.waiting.pop(); list !== undefined; list = this.waiting.pop()) {
      for (let i = 0; i < list.length; i++) {
        const ref = list[i];
        if (ref instanceof Func) this.note(ref);
        else if (typeof ref === 'object' && ref !== null) list[i] = this.copyOf(ref);
      }
    }
  }

  private note({ instance }: Func): void {
    if (instance !== null) this.instances.add(instance);
  }

  private copyOf(ref: object): unknown {
    const known = this.copies.get(ref);
    if (known !== undefined) return known;
    const copy = this.shell(ref);
    this.copies.set(ref, copy);
    return copy;
  }

  /** A copy whose references are still the originals. */
  private shell(ref: object): unknown {
    if (ref instanceof StructInst) return new StructInst(ref.typeId, this.later(ref.slots.slice()));
    if (ref instanceof ExceptionInst) return new ExceptionInst(ref.tag, ref.words, this.later(ref.refs.slice()));
    if (!(ref instanceof ArrayInst)) return ref;
    const { typeId, length, elements } = ref;
    if (Array.isArray(elements)) return new ArrayInst(typeId, length, this.later(elements.slice()));
    this.byteLength += OBJECT_BYTES + elements.byteLength;
    return new ArrayInst(typeId, length, elements.slice());
  }

  private later(refs: unknown[]): unknown[] {
    this.byteLength += OBJECT_BYTES + SLOT_BYTES * refs.length;
    this.waiting.push(refs);
    return refs;
  }
}
