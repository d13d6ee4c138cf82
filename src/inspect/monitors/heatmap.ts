/** The monitor `heatmap`: which parts of linear memory are read and written, and how often. */
import { HeatCounter, watchMemory } from './heat.ts';
import { heatmapFile, heatmapHtml, heatmapSvg, heatmapText } from './heatmap-format.ts';
import { countOption, type MonitorKind } from './monitor.ts';

const DEFAULT_BLOCK_LOG2 = 12;

export const heatmapMonitor: MonitorKind = {
  name: 'heatmap',
  summary: 'reads and writes of linear memory, by block',
  formats: [{ name: 'text' }, { name: 'json' }, { name: 'svg' }, { name: 'html', needsFile: true }],
  options: [
    countOption('block', DEFAULT_BLOCK_LOG2, 'a block has 2^N bytes', 2, 24),
    countOption('limit', 40, 'text: rows, the hottest blocks', 1),
  ],
  start(context, options, format, output) {
    const { probing } = context.source;
    const counters = context.instance.memories.map((memory) => new HeatCounter(memory, options.number('block')));
    context.add(watchMemory(probing, counters));
    return {
      report() {
        const heats = counters.map((counter, memidx) => counter.heat(memidx));
        if (format === 'json') output.write(`${JSON.stringify(heatmapFile(heats))}\n`);
        else if (format === 'svg') output.write(`${heats.slice(0, 1).map(heatmapSvg).join('')}\n`);
        else if (format === 'html') output.write(heatmapHtml(heats, context.title));
        else output.write(heatmapText(heats, options.number('limit')));
      },
    };
  },
};
