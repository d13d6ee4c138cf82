/** The names of expressions in a frame: its locals and operands, its instance's globals, tables, memories. */
import { type Frame, globalsOf, tableElements } from '../../inspect/index.ts';
import type { Scope, Value } from './expression/index.ts';
import { funcLabel, nameOfFunc } from './names.ts';
import { funcidxOf } from './places.ts';
import type { Program } from './program.ts';

/** What the debugger itself has names for. */
export interface OwnNames {
  special(name: string): Value | undefined;
  setSpecial(name: string, value: Value): void;
}

type Instance = Frame['instance'];

/** @param frame absent: nothing is called, and only the instance's things are there */
export function scopeOf(
  program: Program,
  own: OwnNames,
  instance: Instance | undefined,
  frame: Frame | undefined,
): Scope {
  const find = <Each extends { readonly name: string | undefined; readonly index: number }>(
    all: readonly Each[],
    key: string | number,
  ): Each | undefined => (typeof key === 'number' ? all[key] : all.find(({ name }) => name === key));
  return {
    local: (key) => find(frame?.locals ?? [], key),
    global: (key) => find(instance === undefined ? [] : globalsOf(instance), key),
    operand: (index) => frame?.operands.at(-1 - index),
    tableElement: (tableidx, index) => {
      if (instance?.tables[tableidx] === undefined) return undefined;
      return tableElements(instance, tableidx, index, 1)[0];
    },
    memory: (memidx) => instance?.memories[memidx]?.bytes,
    func: (name) => funcValue(program, name),
    special: (name) => own.special(name),
    setSpecial: (name, value) => own.setSpecial(name, value),
  };
}

/** A function as a value that is shown. */
function funcValue(program: Program, name: string): Value | undefined {
  if (/^\d+$/.test(name)) return undefined;
  try {
    const funcidx = funcidxOf(program, name);
    const text = `func ${funcidx} ${nameOfFunc(program.syntax, funcidx) === undefined ? '' : funcLabel(program.syntax, funcidx)}`;
    return { kind: 'opaque', type: 'func', text: text.trim(), value: funcidx };
  } catch {
    return undefined;
  }
}

/** Names of the variables that an expression can be about. */
export function variableNames(instance: Instance | undefined, frame: Frame | undefined): string[] {
  const all = [...(frame?.locals ?? []), ...(instance === undefined ? [] : globalsOf(instance))];
  return all.map(({ name }) => name).filter((name): name is string => name !== undefined && name !== '');
}
