/** A script for the debugger and all that it writes. */
export interface DebugCase {
  readonly name: string;
  /** A guest, or a file beside them. */
  readonly file: string;
  readonly options?: readonly string[];
  /** The guest's own. */
  readonly args?: readonly string[];
  /** Standard input; an empty line in front is left out, here and below. */
  readonly script: string;
  readonly out?: string;
  readonly err?: string;
  readonly code?: number;
}
