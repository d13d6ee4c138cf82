/**
 * Every fault of spec-tests/faults/table.ts, and of the JSON file that GLASSBOX_FAULTS names, is found within 60 s and
 * placed at the right instruction.
 */
import { readFileSync } from 'node:fs';
import { findFault } from '../faults/find-fault.ts';
import { type Fault, faults, readFaults } from '../faults/table.ts';

const SECONDS = 60;

async function judge(fault: Fault): Promise<string | undefined> {
  const found = await findFault(fault, SECONDS);
  if (found === undefined) return `${fault.name}: not found within ${SECONDS} s`;
  if (fault.instructions.test(found.instruction ?? '')) return undefined;
  return `${fault.name}: placed at ${found.instruction ?? 'no instruction'}`;
}

export async function main(progress: (text: string) => void = () => {}): Promise<string> {
  const path = process.env.GLASSBOX_FAULTS;
  const all = path === undefined ? faults : [...faults, ...readFaults(readFileSync(path, 'utf8'))];
  const problems: string[] = [];
  for (const [i, fault] of all.entries()) {
    progress(`${i} of ${all.length} faults, ${problems.length} missed; ${fault.name}`);
    const problem = await judge(fault);
    if (problem !== undefined) problems.push(problem);
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return `${all.length} faults found and placed`;
}
