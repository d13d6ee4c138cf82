/** `glassbox replay`: runs a recording again, without anything of the host that it was recorded on. */
import { type Command, expectOperands } from './command.ts';
import { statsOption } from './limits.ts';

export const replay: Command = {
  name: 'replay',
  summary: 'run a recording again',
  usage: '[OPTIONS] RECORDING',
  example: 'glassbox replay app.recording',
  options: [statsOption],
  notes: [
    "'glassbox run --record FILE' makes recordings. What the guest wrote to its standard output and error is written",
    'again; nothing else that it did to its host is done again, and nothing is granted.',
    'Exit codes: as recorded; 1 for a file that is no recording.',
  ].join('\n'),
  execute: async (args) => {
    expectOperands(replay, args, 1, 1);
    return (await import('./snapshots/replay.ts')).executeReplay(args);
  },
};
