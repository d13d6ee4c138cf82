/** The monitor `hotness`: where the instructions are, by function and by loop. */
import { hotnessText } from './hotness-text.ts';
import { countOption, type MonitorKind } from './monitor.ts';

export const hotnessMonitor: MonitorKind = {
  name: 'hotness',
  summary: 'functions and loops by the instructions that they run',
  formats: [{ name: 'text' }],
  options: [countOption('limit', 20, 'rows of each table', 1)],
  start(context, options, _format, output) {
    const counter = context.runCounter();
    const { tree } = context.callRecorder();
    return {
      report() {
        const { map, nameOf } = context;
        const counts = counter.instructionCounts();
        output.write(hotnessText({ map, counts, tree, nameOf }, options.number('limit')));
      },
    };
  },
};
