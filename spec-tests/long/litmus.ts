/**
 * Litmus tests, at least 100,000 rounds each, and every read-modify-write by 4 agents 100,000 times each.
 * Waits and wakes without end between them. `GLASSBOX_LITMUS_ROUNDS`, `GLASSBOX_WAIT_ROUNDS` and
 * `GLASSBOX_RMW_ROUNDS` say how many.
 */
import { type Agents, startAgents } from '../litmus/agents.ts';
import { contentions, findLost } from '../litmus/contention.ts';
import { countOutcomes, shapes } from '../litmus/shapes.ts';
import { countWakes, waitings } from '../litmus/waiting.ts';

const AGENTS = 4;
const litmusRounds = Number(process.env.GLASSBOX_LITMUS_ROUNDS ?? 100_000);
const waitRounds = Number(process.env.GLASSBOX_WAIT_ROUNDS ?? 20_000);
const rmwRounds = Number(process.env.GLASSBOX_RMW_ROUNDS ?? 100_000);

export async function main(progress: (text: string) => void): Promise<string> {
  const lines: string[] = [];
  for (const lowering of ['fast', 'clear'] as const) {
    const agents = await startAgents(AGENTS, lowering);
    const tell = (text: string) => progress(`${text}, ${lowering}`);
    try {
      lines.push(...(await litmus(agents, tell)).map((line) => `${lowering}: ${line}`));
      await wake(agents, tell);
      await contend(agents, tell);
    } finally {
      await agents.close();
    }
  }
  const operations = `${contentions.length} operations × ${AGENTS} × ${rmwRounds}`;
  return `${shapes.length} shapes × ${litmusRounds} rounds, ${operations}, in both codes\n  ${lines.join('\n  ')}`;
}

/** A line of counts a shape. */
async function litmus(agents: Agents, tell: (text: string) => void): Promise<string[]> {
  const lines: string[] = [];
  for (const shape of shapes) {
    tell(shape.name);
    const { outcomes, forbidden } = await countOutcomes(agents, shape, litmusRounds);
    const counts = JSON.stringify(outcomes);
    if (forbidden.length > 0) throw new Error(`${shape.name}: ${forbidden.join('; ')} of ${counts}`);
    lines.push(`${shape.name}: ${counts}`);
  }
  return lines;
}

async function wake(agents: Agents, tell: (text: string) => void): Promise<void> {
  for (const waiting of waitings) {
    tell(waiting.name);
    const counts = await countWakes(agents, waiting, waitRounds);
    if (!waiting.agrees(counts, waitRounds)) throw new Error(`${waiting.name}: ${counts.join(' ')}`);
  }
}

async function contend(agents: Agents, tell: (text: string) => void): Promise<void> {
  for (const contention of contentions) {
    tell(contention.name);
    const problems = await findLost(agents, contention, AGENTS, rmwRounds);
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }
}
