/** What is debugged: a module with its text and source lines, and how a run of it begins. */
import type { Module } from '../../api/index.ts';
import { LineTable, Listing } from '../../inspect/index.ts';
import type { Module as SyntaxModule } from '../../syntax/index.ts';
import { shortPath } from './names.ts';
import type { Launcher } from './run.ts';

export interface ProgramOptions {
  readonly path: string;
  readonly module: Module;
  /** The text that the module was compiled from. */
  readonly text: string | undefined;
  readonly launch: Launcher;
}

export class Program {
  readonly options: ProgramOptions;
  readonly listing: Listing;
  readonly lines: LineTable;

  constructor(options: ProgramOptions) {
    this.options = options;
    const { module, text } = options;
    const source =
      text === undefined || module.sourceMap === undefined ? undefined : { text, sourceMap: module.sourceMap };
    this.listing = new Listing(module.syntax, source);
    this.lines = new LineTable(module.syntax);
  }

  get syntax(): SyntaxModule {
    return this.options.module.syntax;
  }

  /** The file's name, as places show it. */
  get fileName(): string {
    return this.options.path === '-' ? '<stdin>' : shortPath(this.options.path);
  }
}
