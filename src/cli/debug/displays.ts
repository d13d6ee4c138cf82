/** Expressions that are shown at every stop. */
import { GlassboxError } from '../../syntax/index.ts';
import { Failure } from '../failure.ts';
import { printable } from '../output.ts';
import type { Debugger } from './debugger.ts';
import { examine, isMemoryFormat } from './examine.ts';
import { formatted } from './expression/index.ts';

export interface Display {
  readonly number: number;
  readonly text: string;
  readonly format: string;
}

/** Those that have no value here are left out. */
export function showDisplays(debug: Debugger): void {
  for (const display of debug.displays) showDisplay(debug, display);
}

export function showDisplay(debug: Debugger, { number, text, format }: Display): void {
  try {
    if (isMemoryFormat(format)) {
      const { rows } = examine(debug.scope, debug.evaluate(text), format);
      debug.out(`${number}: x/${format} ${text}`);
      for (const row of rows) debug.out(row);
    } else {
      const value = formatted(debug.evaluate(text), format === '' ? undefined : format);
      debug.out(`${number}: ${text} = ${printable(value)}`);
    }
  } catch (error) {
    if (!(error instanceof Failure || error instanceof GlassboxError)) throw error;
  }
}
