/** `glassbox debug`: stops a program where the user wants, and looks inside. */
import type { Command } from './command.ts';
import { featureOption } from './features.ts';
import { grantOptions } from './grants.ts';

export const debug: Command = {
  name: 'debug',
  summary: 'step through a program, forward and back, and look inside',
  usage: '[OPTIONS] FILE [ARGS…]',
  example: 'glassbox debug -ex "break main" -ex run app.wasm',
  guestArguments: true,
  options: [
    { name: 'command', short: 'x', value: 'FILE', multiple: true, help: 'run the commands in a file first' },
    { name: 'ex', value: 'COMMAND', multiple: true, oneDash: true, help: 'run a command first' },
    { name: 'batch', help: 'leave after these commands, or at the first that fails (exit code 1)' },
    { name: 'echo', help: 'write each command that does not come from a terminal, as a prompt would show it' },
    { name: 'replay', help: "FILE is a recording, of 'glassbox run --record'" },
    { name: 'invoke', value: 'NAME', help: 'what run calls: an exported function, with ARGS' },
    ...grantOptions,
    featureOption,
  ],
  notes: [
    "FILE may be a snapshot, of 'glassbox run --snapshot' or of the debugger's 'save': the run goes on from there;",
    "or a recording, of 'glassbox run --record': the whole run, in both directions, without its host.",
    "Commands are those of gdb and lldb where they fit; 'help' lists them. They come from the options, then from the",
    'terminal, or line by line from standard input when that is none.',
  ].join('\n'),
  // Loaded when it is called: other commands start without it.
  execute: async (args) => (await import('./debug/execute.ts')).executeDebug(args),
};
