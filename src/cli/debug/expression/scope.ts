/** What the names of an expression stand for. The debugger gives it from a frame, tests from a table. */
import type { Value, VariableLike } from './values.ts';

/** A variable that can be changed. */
export interface SettableVariable extends VariableLike {
  set(value: unknown): void;
}

export interface Scope {
  /** By name without `$`, or by index. */
  local(key: string | number): SettableVariable | undefined;
  global(key: string | number): SettableVariable | undefined;
  /** 0 is on top of the stack. */
  operand(index: number): SettableVariable | undefined;
  tableElement(tableidx: number, index: number): SettableVariable | undefined;
  /** The bytes of a memory now. */
  memory(memidx: number): Uint8Array | undefined;
  /** A function by name, as a value that is shown. */
  func(name: string): Value | undefined;
  /** What has a name of the debugger's own: `pc`, the user's variables, values printed before by number. */
  special(name: string): Value | undefined;
  setSpecial(name: string, value: Value): void;
}
