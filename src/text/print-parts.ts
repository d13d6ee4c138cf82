/**
 * A module's text in parts: what precedes the functions, each function, what follows them. Together the parts
 * are what `printModule` writes; each is printed when it is asked for, so that a place in a large module is
 * shown at once.
 */
import { InstructionReader } from '../decoder/index.ts';
import { importCount, type Module } from '../syntax/index.ts';
import { type PrintedModule, TextLines } from './print-lines.ts';
import {
  beginPrinting,
  type Printing,
  printAfterFuncs,
  printBeforeFuncs,
  printFunc,
  printLocals,
} from './print-module.ts';

export class PrintedParts {
  private readonly module: Module;
  private readonly printing: Printing;
  private readonly firstFuncidx: number;

  constructor(module: Module) {
    this.module = module;
    this.printing = beginPrinting(module, {}, true);
    this.firstFuncidx = importCount(module, 'func');
  }

  /** Types, imports and all else before the functions' code. */
  before(): PrintedModule {
    return this.print(printBeforeFuncs);
  }

  /** The function `index` of `Module.funcs`; its lines count from 1. @throws {DecodeError} for ill-formed code */
  func(index: number): PrintedModule {
    return this.print((printing) => printFunc(this.module.funcs[index]!, this.firstFuncidx + index, printing));
  }

  /** Lines of a function's text, without printing it. */
  funcLineCount(index: number): number {
    const { body, locals, typeidx } = this.module.funcs[index]!;
    const reader = new InstructionReader(this.module.bytes, body.byteOffset, body.byteOffset + body.byteLength);
    let instructionCount = 0;
    while (!reader.done) {
      reader.next();
      instructionCount++;
    }
    const comp = this.module.types[typeidx]?.comp;
    const paramCount = comp?.kind === 'func' ? comp.params.length : 0;
    this.printing.names.enterFunction(this.firstFuncidx + index);
    const localLines = new TextLines(false);
    printLocals(locals, paramCount, { ...this.printing, out: localLines });
    // The head's line is there, and the body's last `end` is not.
    return instructionCount + localLines.lineCount;
  }

  /** Data, custom sections, the last parenthesis. Its first row goes on in the last row of the part before. */
  after(): PrintedModule {
    return this.print((printing) => {
      printing.out.add(0, '');
      printAfterFuncs(printing);
    });
  }

  private print(step: (printing: Printing) => void): PrintedModule {
    const out = new TextLines(true);
    step({ ...this.printing, out });
    return out.finish();
  }
}
