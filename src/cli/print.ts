/** `glassbox print`: a module in the text format. */
import { printModule } from '../text/index.ts';
import { type Arguments, type Command, expectOperands } from './command.ts';
import { writeFile } from './files.ts';
import { decodeInput } from './load.ts';
import { writeOut } from './output.ts';

export const print: Command = {
  name: 'print',
  summary: 'write a module in the text format',
  usage: '[OPTIONS] FILE',
  example: 'glassbox print app.wasm -o app.wat',
  options: [{ name: 'output', short: 'o', value: 'OUT', help: 'write to a file instead of standard output' }],
  execute(args: Arguments): number {
    expectOperands(print, args, 1, 1);
    const text = printModule(decodeInput(args.operands[0]!));
    const out = args.value('output');
    if (out === undefined || out === '-') writeOut(text);
    else writeFile(out, text);
    return 0;
  },
};
