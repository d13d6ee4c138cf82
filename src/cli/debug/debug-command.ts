/** What a command of the debugger is. Each is declared once; help, completion and abbreviations read that. */
import type { Debugger } from './debugger.ts';

export const groups = {
  running: 'Running',
  back: 'Going back',
  stops: 'Stopping',
  stack: 'Frames',
  data: 'Values and memory',
  code: 'Code',
  support: 'The debugger itself',
} as const;

export type Group = keyof typeof groups;

/** What may follow a command, for completion. */
export type Completion = 'place' | 'expression' | 'command' | 'info' | 'catch' | 'export' | 'file' | 'none';

export interface DebugCommand {
  readonly name: string;
  /** Other words for it; gdb's where it has some. */
  readonly aliases?: readonly string[];
  /** What follows the name. */
  readonly usage?: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** More lines of help. */
  readonly details?: string;
  readonly group: Group;
  /** An empty line says it again: with the same words, or without what followed its name. */
  readonly repeats?: 'same' | 'bare';
  readonly completes?: Completion;
  /** @param format what stood between a slash and the first blank: `x/16xb` */
  run(debug: Debugger, args: string, format: string): void | Promise<void>;
}

/** A line as words: the command, its format, the rest. */
export interface CommandLine {
  readonly name: string;
  readonly format: string;
  readonly args: string;
}

export function splitLine(line: string): CommandLine {
  const match = /^\s*([A-Za-z][\w-]*)(?:\/(\S*))?\s*([\s\S]*?)\s*$/.exec(line);
  if (match === null) return { name: line.trim().slice(0, 1), format: '', args: line.trim().slice(1).trim() };
  return { name: match[1]!, format: match[2] ?? '', args: match[3]! };
}
