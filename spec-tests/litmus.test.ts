/**
 * What agents see of each other's accesses: litmus tests, waking, and every read-modify-write under contention. Long
 * runs do more of the same; `GLASSBOX_LITMUS_ROUNDS`, `GLASSBOX_WAIT_ROUNDS` and `GLASSBOX_RMW_ROUNDS` say how much.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Agents, startAgents } from './litmus/agents.ts';
import { contentions, findLost } from './litmus/contention.ts';
import { countOutcomes, shapes } from './litmus/shapes.ts';
import { countWakes, waitings } from './litmus/waiting.ts';

const rounds = Number(process.env.GLASSBOX_LITMUS_ROUNDS ?? 3000);
const rmwRounds = Number(process.env.GLASSBOX_RMW_ROUNDS ?? 1000);
const waitRounds = Number(process.env.GLASSBOX_WAIT_ROUNDS ?? 500);
const AGENTS = 4;

describe.each(['fast', 'clear'] as const)('B1.3: in %s code', (lowering) => {
  let agents: Agents;
  beforeAll(async () => {
    agents = await startAgents(AGENTS, lowering);
  });
  afterAll(() => agents.close());

  test.each(shapes)('litmus: $name', async (shape) => {
    const { outcomes, forbidden } = await countOutcomes(agents, shape, rounds);
    expect(forbidden).toEqual([]);
    expect(Object.values(outcomes).reduce((sum, count) => sum + count)).toBe(rounds);
  });

  test.each(waitings)('$name', async (waiting) => {
    const counts = await countWakes(agents, waiting, waitRounds);
    expect(counts).toSatisfy(() => waiting.agrees(counts, waitRounds));
  });

  test.each(contentions)('$name loses nothing', async (contention) => {
    expect(await findLost(agents, contention, AGENTS, rmwRounds)).toEqual([]);
  });
});
