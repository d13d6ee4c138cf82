/**
 * What a seeded fault is: a change of the text of an interpreter's source before it is bundled for a test. The product
 * has no switch for them and pays nothing.
 */

/**
 * A change of every place in a file, or of the first after some text; or in the dispatch loop's operations of some
 * names. Paths are relative to src/interpreter.
 */
export type Change =
  | { readonly path: string; readonly after?: string; readonly from: string; readonly to: string }
  | { readonly ops: RegExp; readonly from: string | RegExp; readonly to: string };

export interface Fault {
  readonly name: string;
  readonly changes: readonly Change[];
  /** Instructions any of which may be named as the first that differs. */
  readonly instructions: RegExp;
  /** Beside whom it can be seen: garbage collection and several memories are not in Node 20's V8. */
  readonly against: 'v8' | 'wasmtime';
}

export const loop = (ops: RegExp, from: string | RegExp, to: string): readonly Change[] => [{ ops, from, to }];
export const numerics = (file: string, from: string, to: string): readonly Change[] => [
  { path: `numerics/${file}.ts`, from, to },
];
export const cold = (file: string, from: string, to: string): readonly Change[] => [
  { path: `cold/${file}.ts`, from, to },
];

/** `A`, `B`, `C`: the operands as the loop writes them. */
export const A = '(fp + n.a)';
export const B = '(fp + n.b)';
export const C = '(fp + n.c)';

/** A fault; its changes are `from` and `to` of one place. */
export function fault(
  name: string,
  against: Fault['against'],
  instructions: RegExp,
  changes: readonly Change[],
): Fault {
  return { name, against, instructions, changes };
}

/** A change of the first such place after `after` in a file, or of all. */
export const file = (path: string, from: string, to: string, after?: string): readonly Change[] => [
  { path, from, to, ...(after === undefined ? {} : { after }) },
];

export const vector = (name: string, from: string, to: string): readonly Change[] =>
  file('cold/v128.gen.ts', from, to, `'${name}': (`);

/** A fault as JSON has it: patterns are texts. */
interface FaultText extends Omit<Fault, 'changes' | 'instructions'> {
  readonly instructions: string;
  readonly changes: readonly (Exclude<Change, { ops: RegExp }> | OpsText)[];
}

interface OpsText {
  readonly ops: string;
  readonly from: string;
  readonly to: string;
}

/** Faults from a file: an array of objects as above; `ops` and `instructions` are regular expressions. */
export function readFaults(json: string): Fault[] {
  return (JSON.parse(json) as FaultText[]).map((fault) => ({
    ...fault,
    instructions: new RegExp(fault.instructions),
    changes: fault.changes.map((change) => ('ops' in change ? { ...change, ops: new RegExp(change.ops) } : change)),
  }));
}
