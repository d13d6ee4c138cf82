/** Names that are the debugger's own: values that were printed, the user's variables, where the guest stands. */
import { Failure } from '../failure.ts';
import { intValue, type Value } from './expression/index.ts';
import type { OwnNames } from './frame-scope.ts';

/** What of the guest has a name of the debugger's. */
interface Standing {
  /** Byte offset of the selected frame. */
  readonly pc: number | undefined;
  /** Instructions that have run. */
  readonly count: number;
}

export class OwnValues implements OwnNames {
  /** What `print` has shown: `$1` is the first. */
  readonly printed: Value[] = [];
  private readonly variables = new Map<string, Value>();
  private readonly standing: () => Standing;

  constructor(standing: () => Standing) {
    this.standing = standing;
  }

  special(name: string): Value | undefined {
    if (/^\d+$/.test(name)) return this.printed[Number(name) - 1];
    if (name === '' || name === '$') return this.printed.at(name === '' ? -1 : -2);
    const own = this.variables.get(name);
    if (own !== undefined) return own;
    const { pc, count } = this.standing();
    if (name === 'pc' && pc !== undefined) return intValue('int', BigInt(pc));
    return name === 'count' ? intValue('int', BigInt(count)) : undefined;
  }

  setSpecial(name: string, value: Value): void {
    if (/^\d*$/.test(name)) throw new Failure('values that were printed cannot be set');
    this.variables.set(name, value);
  }
}
