/** The monitor `coverage`: which instructions ran, which ways branches went. */

import type { MonitorContext } from './context.ts';
import type { CoverageData } from './coverage-data.ts';
import { coverageHtml } from './coverage-html.ts';
import { lcovOf, WatLines } from './coverage-lcov.ts';
import { coverageText } from './coverage-text.ts';
import { flagOption, type MonitorKind } from './monitor.ts';
import type { RunCounter } from './run-counter.ts';

export const coverageMonitor: MonitorKind = {
  name: 'coverage',
  summary: 'how often each instruction ran and which ways branches went, by function and line of the text',
  formats: [{ name: 'text' }, { name: 'lcov', needsFile: true }, { name: 'html', needsFile: true }],
  options: [
    flagOption('all', 'list functions that never ran, too'),
    flagOption('once', 'only whether something ran, not how often: counts are 1'),
  ],
  start(context, options, format, output) {
    const once = options.flag('once');
    const counter = once ? context.runWitness() : context.runCounter();
    return {
      report() {
        const data = once ? withoutCounts(coverageOf(context, counter)) : coverageOf(context, counter);
        if (format === 'text') output.write(coverageText(data, options.flag('all')));
        else if (format === 'html') output.write(coverageHtml(data, new WatLines(context.map)));
        else {
          const lines = new WatLines(context.map);
          output.write(lcovOf(data, lines, output.writeBeside('wat', lines.text)));
        }
      },
    };
  },
};

export function coverageOf({ map, title, nameOf }: MonitorContext, counter: RunCounter): CoverageData {
  const branches = map.branches.map((branch, number) => ({ branch, counts: counter.outcomesOf(number) }));
  return { map, counts: counter.instructionCounts(), branches, title, nameOf };
}

/** 1 for what ran, however often. */
function withoutCounts(data: CoverageData): CoverageData {
  const isHit = (count: number) => (count > 0 ? 1 : 0);
  const branches = data.branches.map(({ branch, counts }) => ({ branch, counts: counts.map(isHit) }));
  return { ...data, counts: data.counts.map(isHit), branches };
}
