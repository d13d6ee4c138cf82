/** The monitor `opcodes`: a histogram of instructions, and of pairs of them. */
import { instructions } from '../../syntax/index.ts';
import { PLAIN } from './code-map.ts';
import { countOption, flagOption, type MonitorKind } from './monitor.ts';
import { type OpcodeCount, opcodeCounts, opcodesText, type PairCount } from './opcodes-text.ts';
import type { RunCounter } from './run-counter.ts';

export const opcodesMonitor: MonitorKind = {
  name: 'opcodes',
  summary: 'how often each kind of instruction ran, and stands in the module',
  formats: [{ name: 'text' }, { name: 'json' }],
  options: [
    flagOption('pairs', 'also count pairs that ran one after the other in a function, calls left out'),
    countOption('limit', 50, 'text: rows of each table', 1),
  ],
  start(context, options, format, output) {
    const counter = context.runCounter();
    return {
      report() {
        const opcodes = opcodeCounts(context.map.ids, counter.instructionCounts());
        const pairs = options.flag('pairs') ? pairCounts(counter) : [];
        if (format === 'text') output.write(opcodesText(opcodes, pairs, options.number('limit')));
        else output.write(`${JSON.stringify(histogram(opcodes, pairs))}\n`);
      },
    };
  },
};

function histogram(opcodes: readonly OpcodeCount[], pairs: readonly PairCount[]) {
  return { opcodes, ...(pairs.length === 0 ? {} : { pairs }) };
}

/** Pairs by mnemonic, the most frequent first: neighbours in a run, and the ways between runs. */
export function pairCounts(counter: RunCounter): PairCount[] {
  const { map } = counter;
  const { ids, runOf, edges } = map;
  const counts = counter.instructionCounts();
  const byPair = new Map<number, number>();
  const add = (from: number, to: number, count: number) => {
    if (count <= 0) return;
    const pair = ids[from]! * instructions.length + ids[to]!;
    byPair.set(pair, (byPair.get(pair) ?? 0) + count);
  };
  for (let instr = 1; instr < ids.length; instr++) {
    if (runOf[instr] === runOf[instr - 1]) add(instr - 1, instr, counts[instr]!);
  }
  for (const edge of edges) {
    add(
      edge.from,
      edge.to,
      edge.outcome === PLAIN ? counter.countBehind(edge.from, counts) : counter.countOfEdge(edge),
    );
  }
  const nameAt = (id: number) => instructions[id]!.name;
  return [...byPair]
    .map(([pair, count]): PairCount => {
      const second = pair % instructions.length;
      return { mnemonics: [nameAt((pair - second) / instructions.length), nameAt(second)], count };
    })
    .sort((a, b) => b.count - a.count);
}
