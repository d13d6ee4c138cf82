/**
 * The types of a function's parameters and locals, by localidx.
 *
 * The binary format writes 50,000 locals in four bytes, so that laying out the locals of each function of a
 * hostile module would take minutes. Only the first ones are laid out, the others are found by their group.
 */
import type { LocalGroup, ValType } from '../syntax/index.ts';

/** Locals that are laid out; real functions rarely have more. */
const FLAT_COUNT = 256;

export class LocalTypes {
  count = 0;
  /** Types of the first locals. */
  readonly flat: ValType[] = [];
  private groups: readonly LocalGroup[] = [];
  /** One past each group's last localidx; made when a local beyond `flat` is asked for. */
  private groupEnds: number[] | undefined;
  private paramCount = 0;
  private params: readonly ValType[] = [];
  private all: ValType[] | undefined;

  reset(params: readonly ValType[], groups: readonly LocalGroup[]): void {
    const { flat } = this;
    flat.length = 0;
    for (let i = 0; i < params.length; i++) flat.push(params[i] as ValType);
    this.params = params;
    this.paramCount = params.length;
    this.groups = groups;
    this.groupEnds = undefined;
    this.all = undefined;
    this.count = params.length;
    for (let g = 0; g < groups.length; g++) {
      const { count, type } = groups[g] as LocalGroup;
      this.count += count;
      for (let left = Math.min(count, FLAT_COUNT - flat.length); left > 0; left--) flat.push(type);
    }
  }

  /** The type of a local below `count`. */
  at(localidx: number): ValType {
    if (localidx < this.flat.length) return this.flat[localidx] as ValType;
    const ends = this.ends();
    let low = 0;
    let high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] as number) > localidx) high = middle;
      else low = middle + 1;
    }
    return (this.groups[low] as LocalGroup).type;
  }

  private ends(): number[] {
    if (this.groupEnds !== undefined) return this.groupEnds;
    let end = this.paramCount;
    this.groupEnds = this.groups.map(({ count }) => {
      end += count;
      return end;
    });
    return this.groupEnds;
  }

  /** All of them as an array, made when first asked for. */
  toArray(): readonly ValType[] {
    if (this.all !== undefined) return this.all;
    const all = this.params.slice();
    for (const { count, type } of this.groups) for (let i = 0; i < count; i++) all.push(type);
    this.all = all;
    return all;
  }
}
