/** Commands about the debugger itself. */
import { Failure } from '../../failure.ts';
import { writeFile } from '../../files.ts';
import { readBytes } from '../../input.ts';
import { printable } from '../../output.ts';
import { countText } from '../../quantities.ts';
import { type DebugCommand, type Group, groups } from '../debug-command.ts';
import { commandNamed } from '../find-command.ts';
import { settingRows } from '../settings.ts';

function usageOf({ name, usage }: DebugCommand): string {
  return usage === undefined ? name : `${name} ${usage}`;
}

/** All commands by group, one a line. */
function overview(commands: readonly DebugCommand[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const sections = (Object.keys(groups) as Group[]).map((group) => {
    const rows = commands
      .filter((command) => command.group === group)
      .map(({ name, aliases = [], summary }) => {
        const short = aliases.length === 0 ? '' : ` (${aliases.join(', ')})`;
        return `  ${name.padEnd(width)}  ${summary}${short}`;
      });
    return [`${groups[group]}:`, ...rows].join('\n');
  });
  const end = "'help COMMAND' says more. Names may be cut as long as they are clear; an empty line repeats a step.";
  return [...sections, end].join('\n\n');
}

function helpText(command: DebugCommand): string {
  const { aliases = [], summary, details } = command;
  const lines = [`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`, `Usage: ${usageOf(command)}`];
  if (aliases.length > 0) lines.push(`Also: ${aliases.join(', ')}`);
  if (details !== undefined) lines.push(details);
  return lines.join('\n');
}

/** @param all the whole table, this file's commands included; asked for when help is */
export function supportCommands(all: () => readonly DebugCommand[]): readonly DebugCommand[] {
  return [
    {
      name: 'help',
      aliases: ['h'],
      usage: '[COMMAND]',
      summary: 'list the commands; say what one does',
      group: 'support',
      completes: 'command',
      run: (debug, args) => debug.out(args === '' ? overview(all()) : helpText(commandNamed(all(), args))),
    },
    {
      name: 'show',
      summary: 'show the settings',
      group: 'support',
      run(debug) {
        for (const row of settingRows(debug)) debug.out(row);
      },
    },
    {
      name: 'source',
      usage: 'FILE',
      summary: 'run the commands in a file',
      group: 'support',
      completes: 'file',
      async run(debug, args) {
        if (args === '') throw new Failure('name a file of commands');
        await debug.terminal.lines.takeAll(linesOf(args), async (line) => {
          if (!debug.wantsQuit) await debug.execute(line);
        });
      },
    },
    {
      name: 'save',
      usage: 'FILE',
      summary: 'save the whole state of the run as a snapshot',
      details: "'glassbox resume FILE' goes on with it, in another process or on another machine.",
      group: 'support',
      completes: 'file',
      run(debug, args) {
        if (args === '') throw new Failure('name a file to save to');
        const { run, session } = debug;
        if (session.stop?.reason === 'exit') throw new Failure('the run has ended: there is nothing to go on with');
        const bytes = run!.save();
        writeFile(args, bytes);
        debug.out(`Saved ${countText(bytes.length)} bytes to ${printable(args)}.`);
      },
    },
    {
      name: 'quit',
      aliases: ['q', 'exit'],
      summary: 'leave the debugger; the run ends',
      group: 'support',
      run(debug) {
        debug.wantsQuit = true;
      },
    },
  ];
}

/** The lines of a file of commands. @throws {Failure} when it cannot be read */
export function linesOf(path: string): string[] {
  return new TextDecoder().decode(readBytes(path)).split(/\r\n|\n|\r/);
}
