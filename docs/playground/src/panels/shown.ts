/** What the panels show: one moment of a run, seen from one of its frames. */

import type { Frame } from '../../../../src/inspect/index.ts';
import type { Highlights } from '../highlights.ts';
import type { LastWrite, Machine } from '../machine.ts';
import type { Program } from '../program.ts';

export interface Shown {
  readonly program: Program | undefined;
  readonly machine: Machine | undefined;
  /** Innermost first; empty when nothing runs. */
  readonly frames: readonly Frame[];
  /** The frame that is looked at. */
  readonly frame: Frame | undefined;
}

/** What every panel may do to the others. */
export interface PageActions {
  readonly highlights: Highlights;
  /** Looks at another frame. */
  selectFrame(level: number): void;
  /** Shows an instruction in the program, and gives that the focus. */
  goToInstruction(byteOffset: number): void;
  /** Shows another moment. */
  goTo(instructionCount: number): void;
  /** Finds who wrote a byte of a memory last. */
  findLastWrite(memidx: number, byteOffset: number): Promise<LastWrite | undefined>;
  /** A value was changed: everything is shown anew. */
  edited(what: string): void;
  /** Says a thing to those who hear the page, and shows it. */
  announce(text: string): void;
}
