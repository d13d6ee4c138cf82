/** `glassbox resume`: goes on with a guest from a snapshot, in a new process, perhaps on another machine. */
import { type Command, expectOperands } from './command.ts';
import { grantOptions } from './grants.ts';
import { limitOptions, statsOption } from './limits.ts';
import { stopOptions } from './stopping.ts';

export const resume: Command = {
  name: 'resume',
  summary: 'go on with a program from a snapshot',
  usage: '[OPTIONS] SNAPSHOT',
  example: 'glassbox resume --dir . app.snapshot',
  options: [
    ...grantOptions.filter(({ name }) => name !== 'argv0'),
    ...limitOptions,
    ...stopOptions,
    { name: 'skip-input', help: 'the input begins anew: drop what the program has read of it' },
    statsOption,
  ],
  notes: [
    'Nothing is granted by the snapshot: name the folders again. Arguments and variables are in it; --env adds more.',
    "Exit codes: the program's own, 134 after a trap, 1 for what does not load, 2 for a bad option.",
  ].join('\n'),
  execute: async (args) => {
    expectOperands(resume, args, 1, 1);
    return (await import('./snapshots/resume.ts')).executeResume(args);
  },
};
