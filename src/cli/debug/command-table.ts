/** All commands of the debugger, in the order in which help lists them. */
import { backCommands } from './commands/back.ts';
import { codeCommands } from './commands/code.ts';
import { dataCommands } from './commands/data.ts';
import { frameCommands } from './commands/frames.ts';
import { infoCommand } from './commands/info.ts';
import { runningCommands } from './commands/running.ts';
import { stopCommands } from './commands/stops.ts';
import { supportCommands } from './commands/support.ts';
import type { DebugCommand } from './debug-command.ts';

export const debugCommands: readonly DebugCommand[] = [
  ...runningCommands,
  ...backCommands,
  ...stopCommands,
  ...frameCommands,
  ...dataCommands,
  ...codeCommands,
  infoCommand,
  ...supportCommands(() => debugCommands),
];
