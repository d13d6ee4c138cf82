/** `glassbox parse`: assembles the text format into a binary. */
import { type Arguments, type Command, expectOperands } from './command.ts';
import { usageFailure } from './failure.ts';
import { writeFile } from './files.ts';
import { readInput } from './input.ts';
import { bytesOf, explaining } from './load.ts';
import { writeOut } from './output.ts';

export const parse: Command = {
  name: 'parse',
  summary: 'assemble a module from the text format',
  usage: '[OPTIONS] FILE',
  example: 'glassbox parse app.wat -o app.wasm',
  options: [{ name: 'output', short: 'o', value: 'OUT', help: 'write to a file; `-` or none: standard output' }],
  notes: "Assembling does not validate: that is 'glassbox validate'.",
  execute(args: Arguments): number {
    expectOperands(parse, args, 1, 1);
    const out = args.value('output');
    if (out === undefined && process.stdout.isTTY) {
      throw usageFailure('a binary does not belong on a terminal', 'name a file with -o OUT, or - to write it anyway');
    }
    const input = readInput(args.operands[0]!);
    const bytes = explaining(input, () => bytesOf(input));
    if (out === undefined || out === '-') writeOut(bytes);
    else writeFile(out, bytes);
    return 0;
  },
};
