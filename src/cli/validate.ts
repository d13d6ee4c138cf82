/** `glassbox validate`: whether modules are well-formed and valid. */
import { compile } from '../api/index.ts';
import type { FeatureSwitches } from '../syntax/index.ts';
import { type CustomProblem, customProblems } from '../validator/index.ts';
import { type Arguments, type Command, expectOperands } from './command.ts';
import { type Diagnosis, diagnose, diagnosisFailure, errorText } from './diagnosis.ts';
import { exitCodes } from './failure.ts';
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
    const verdicts = args.operands.map((path) => verdictOf(readInput(path), features));
    if (args.flag('json')) {
      writeOut(`${JSON.stringify(verdicts.map(verdictFacts), undefined, 2)}\n`);
    } else {
      for (const { input, diagnosis, problems } of verdicts) {
        if (diagnosis !== undefined) writeErr(errorText(diagnosisFailure(input, diagnosis)));
        for (const problem of problems) writeErr(`${warningText(input, problem)}\n`);
      }
    }
    return verdicts.every(({ diagnosis }) => diagnosis === undefined) ? exitCodes.ok : exitCodes.failed;
  },
};

interface Verdict {
  readonly input: Input;
  /** Why it is not valid. */
  readonly diagnosis: Diagnosis | undefined;
  readonly problems: readonly CustomProblem[];
}

function verdictOf(input: Input, features: FeatureSwitches | undefined): Verdict {
  try {
    const { syntax } = compile(sourceOf(input), { features });
    return { input, diagnosis: undefined, problems: customProblems(syntax) };
  } catch (error) {
    const diagnosis = diagnose(error, locatorOf(input));
    if (diagnosis === undefined) throw error;
    return { input, diagnosis, problems: [] };
  }
}

function verdictFacts({ input, diagnosis, problems }: Verdict): Record<string, unknown> {
  return {
    file: input.name,
    valid: diagnosis === undefined,
    ...(diagnosis === undefined ? {} : { error: diagnosis }),
    ...(problems.length === 0 ? {} : { warnings: problems }),
  };
}

function warningText(input: Input, { section, reason }: CustomProblem): string {
  const label = paint(2, 'yellow', 'warning:');
  return `${label} ${input.name}: the custom section '${section}' is ignored: ${printable(reason)}`;
}
