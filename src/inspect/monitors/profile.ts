/** The monitor `profile`: the call tree, weighed by instructions or by time. */
import { UsageError } from '../../syntax/index.ts';
import type { CallTree } from './call-tree.ts';
import type { MonitorContext } from './context.ts';
import { cpuProfile } from './cpuprofile.ts';
import { choiceOption, countOption, type MonitorKind, type MonitorOptions } from './monitor.ts';
import { speedscopeFile } from './speedscope.ts';
import { countText } from './text-table.ts';
import { treeText } from './tree-text.ts';

const MICROSECONDS = 1000;

export const profileMonitor: MonitorKind = {
  name: 'profile',
  summary: 'the call tree, weighed by instructions or time',
  formats: [{ name: 'text' }, { name: 'speedscope' }, { name: 'cpuprofile' }],
  options: [
    choiceOption('by', ['instructions', 'time'], 'what a call weighs'),
    countOption('percent', 1, 'text: leave out calls that are less of the whole', 0, 100),
    countOption('limit', 100, 'text: lines', 1),
  ],
  start(context, options, format, output) {
    const isTime = options.text('by') === 'time';
    const { tree, finish } = isTime ? recordTime(context) : { tree: context.callRecorder().tree, finish: () => {} };
    return {
      report() {
        finish();
        output.write(profileText(context, tree, isTime, format, options));
      },
    };
  },
};

function recordTime(context: MonitorContext): { tree: CallTree; finish: () => void } {
  const { clock } = context.source;
  if (clock === undefined) throw new UsageError('a profile by time needs a clock');
  const recorder = context.record(clock(), clock);
  return { tree: recorder.tree, finish: () => recorder.finish(clock()) };
}

function profileText(
  context: MonitorContext,
  tree: CallTree,
  isTime: boolean,
  format: string,
  options: MonitorOptions,
): string {
  const { nameOf, title, map } = context;
  if (format === 'speedscope') {
    return `${JSON.stringify(speedscopeFile(tree, title, isTime ? 'milliseconds' : 'none', nameOf))}\n`;
  }
  if (format === 'cpuprofile') {
    const offsetOf = (funcidx: number) => map.functionAt(funcidx)?.func.body.byteOffset ?? 0;
    return `${JSON.stringify(cpuProfile(tree, title, nameOf, offsetOf, isTime ? MICROSECONDS : 1))}\n`;
  }
  return treeText(tree, isTime ? 'ms' : 'instructions', {
    nameOf,
    weightText: isTime ? (ms) => ms.toFixed(1) : countText,
    minShare: options.number('percent') / 100,
    limit: options.number('limit'),
  });
}
