/** `glassbox validate`: whether modules are well-formed and valid. */
import { compile } from '../api/index.ts';
import { type Arguments, type Command, expectOperands } from './command.ts';
import { type Diagnosis, diagnose, diagnosisFailure, errorText } from './diagnosis.ts';
import { exitCodes } from './failure.ts';
import { type Input, readInput } from './input.ts';
import { locatorOf, sourceOf } from './load.ts';
import { writeErr, writeOut } from './output.ts';

export const validate: Command = {
  name: 'validate',
  summary: 'check that modules are well-formed and valid',
  usage: '[OPTIONS] FILE…',
  example: 'glassbox validate app.wasm',
  options: [{ name: 'json', help: 'write an array with an object for each file' }],
  notes: 'Says nothing about valid modules. Exits with 1 when a file is not valid.',
  execute(args: Arguments): number {
    expectOperands(validate, args, 1, Number.POSITIVE_INFINITY);
    const verdicts = args.operands.map((path) => {
      const input = readInput(path);
      return { input, diagnosis: problemOf(input) };
    });
    if (args.flag('json')) {
      const rows = verdicts.map(({ input, diagnosis }) => {
        return {
          file: input.name,
          valid: diagnosis === undefined,
          ...(diagnosis === undefined ? {} : { error: diagnosis }),
        };
      });
      writeOut(`${JSON.stringify(rows, undefined, 2)}\n`);
    } else {
      for (const { input, diagnosis } of verdicts) {
        if (diagnosis !== undefined) writeErr(errorText(diagnosisFailure(input, diagnosis)));
      }
    }
    return verdicts.every(({ diagnosis }) => diagnosis === undefined) ? exitCodes.ok : exitCodes.failed;
  },
};

function problemOf(input: Input): Diagnosis | undefined {
  try {
    compile(sourceOf(input));
    return undefined;
  } catch (error) {
    const diagnosis = diagnose(error, locatorOf(input));
    if (diagnosis === undefined) throw error;
    return diagnosis;
  }
}
