/** `glassbox validate`: whether modules are well-formed and valid. */
import { compile } from '../api/index.ts';
import type { FeatureSwitches } from '../syntax/index.ts';
import { type CustomProblem, customProblems } from '../validator/index.ts';
import { type Arguments, type Command, expectOperands } from './command.ts';
import { type Diagnosis, diagnose, diagnosisFailure, errorText } from './diagnosis.ts';
import { exitCodes, Failure } from './failure.ts';
import { featureOption, featureSwitches } from './features.ts';
import { type Input, readInput } from './input.ts';
import { locatorOf, sourceOf } from './load.ts';
import { paint, printable, writeErr, writeOut } from './output.ts';

export const validate: Command = {
  name: 'validate',
  summary: 'check that modules are well-formed and valid',
  usage: '[OPTIONS] FILE…',
  example: 'glassbox validate app.wasm',
  options: [{ name: 'json', help: 'write an array with an object for each file' }, featureOption],
  notes: [
    'Says nothing about valid modules, but for a warning when a custom section (names, branch hints) is damaged:',
    'it is ignored. Exits with 1 when a file is not valid.',
  ].join('\n'),
  execute(args: Arguments): number {
    expectOperands(validate, args, 1, Number.POSITIVE_INFINITY);
    const features = featureSwitches(args);
    const verdicts = args.operands.map((path) => verdictOn(path, features));
    if (args.flag('json')) {
      writeOut(`${JSON.stringify(verdicts.map(verdictFacts), undefined, 2)}\n`);
    } else {
      for (const { name, failure, problems } of verdicts) {
        if (failure !== undefined) writeErr(errorText(failure));
        for (const problem of problems) writeErr(`${warningText(name, problem)}\n`);
      }
    }
    return verdicts.every(({ failure }) => failure === undefined) ? exitCodes.ok : exitCodes.failed;
  },
};

interface Verdict {
  readonly name: string;
  /** Why it is not valid, as data and in words. */
  readonly diagnosis?: Diagnosis;
  readonly failure?: Failure;
  readonly problems: readonly CustomProblem[];
}

/** A file that cannot be read is one file's verdict, and no reason to be silent on the others. */
function verdictOn(path: string, features: FeatureSwitches | undefined): Verdict {
  try {
    return verdictOf(readInput(path), features);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const diagnosis = { code: 'ERR_UNREADABLE', message: error.message };
    return { name: path, diagnosis, failure: error, problems: [] };
  }
}

function verdictOf(input: Input, features: FeatureSwitches | undefined): Verdict {
  const { name } = input;
  try {
    const { syntax } = compile(sourceOf(input), { features });
    return { name, problems: customProblems(syntax) };
  } catch (error) {
    const diagnosis = diagnose(error, locatorOf(input));
    if (diagnosis === undefined) throw error;
    return { name, diagnosis, failure: diagnosisFailure(input, diagnosis), problems: [] };
  }
}

function verdictFacts({ name, diagnosis, problems }: Verdict): Record<string, unknown> {
  return {
    file: name,
    valid: diagnosis === undefined,
    ...(diagnosis === undefined ? {} : { error: diagnosis }),
    ...(problems.length === 0 ? {} : { warnings: problems }),
  };
}

function warningText(name: string, { section, reason }: CustomProblem): string {
  const label = paint(2, 'yellow', 'warning:');
  return `${label} ${name}: the custom section '${section}' is ignored: ${printable(reason)}`;
}
