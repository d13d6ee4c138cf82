/**
 * Every fault of spec-tests/faults, and of the JSON file that GLASSBOX_FAULTS names, is found within 60 s and placed at
 * the right instruction. A table says how long it took until a case differed,
 * until that was placed and made small, and how small the script has become. GLASSBOX_FAULT, a regular
 * expression, chooses among them by name.
 */
import { readFileSync } from 'node:fs';
import { type Fault, readFaults } from '../faults/fault.ts';
import { type FoundFault, findFault } from '../faults/find-fault.ts';
import { faults } from '../faults/table.ts';

const SECONDS = 60;

function problemOf({ instructions }: Fault, found: FoundFault | undefined): string | undefined {
  if (found === undefined) return `not found within ${SECONDS} s`;
  if (found.seconds > SECONDS) return 'found too late';
  if (!instructions.test(found.instruction ?? '')) return `placed at ${found.instruction ?? 'no instruction'}`;
  return found.script === undefined ? 'has no script' : undefined;
}

function lineOf({ name, against }: Fault, found: FoundFault | undefined, problem: string | undefined): string {
  const parts =
    found === undefined
      ? []
      : [
          `${found.seconds.toFixed(1)} s`.padStart(7),
          `${found.wholeSeconds.toFixed(1)} s`.padStart(7),
          `${found.instructionCount} instructions`.padStart(16),
          found.isReplayed ? 'wast fails' : 'diff only ',
          found.kind.padEnd(9),
          found.instruction ?? 'unlocated',
          found.id,
        ];
  return [name.padEnd(56), against.padEnd(8), ...parts, problem === undefined ? '' : `! ${problem}`].join(' ');
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

function chosen(): Fault[] {
  const path = process.env.GLASSBOX_FAULTS;
  const all = path === undefined ? faults : [...faults, ...readFaults(readFileSync(path, 'utf8'))];
  const pattern = new RegExp(process.env.GLASSBOX_FAULT ?? '');
  return all.filter(({ name }) => pattern.test(name));
}

export async function main(progress: (text: string) => void = () => {}): Promise<string> {
  const all = chosen();
  const results: FoundFault[] = [];
  const problems: string[] = [];
  for (const [i, fault] of all.entries()) {
    progress(`${i} of ${all.length} faults, ${problems.length} missed; ${fault.name}`);
    const found = await findFault(fault, SECONDS);
    const problem = problemOf(fault, found);
    if (found !== undefined) results.push(found);
    if (problem !== undefined) problems.push(`${fault.name}: ${problem}`);
    console.log(lineOf(fault, found, problem));
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const seconds = results.map((each) => each.seconds);
  const whole = results.map(({ wholeSeconds }) => wholeSeconds);
  const counts = results.map(({ instructionCount }) => instructionCount);
  const replayed = results.filter(({ isReplayed }) => isReplayed).length;
  return [
    `${all.length} faults found and placed; seen after ${median(seconds).toFixed(1)} s in the middle, ${Math.max(...seconds).toFixed(1)} s at most`,
    `scripts after ${median(whole).toFixed(1)} s in the middle`,
    `scripts of ${median(counts)} instructions in the middle, at most ${Math.max(...counts)}; ${replayed} fail in wast`,
  ].join('; ');
}
