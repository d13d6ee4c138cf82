/** The `glassbox` program: finds the command. What a command does is in its own file. */
import { existsSync } from 'node:fs';
import { type Command, helpText } from './command.ts';
import { conclude, execute, shown } from './conclude.ts';
import { debug } from './debug.ts';
import { diff } from './diff.ts';
import { diffSnapshotsCommand } from './diff-snapshots.ts';
import { dump } from './dump.ts';
import { exitCodes, usageFailure } from './failure.ts';
import { suggestion } from './nearest.ts';
import { writeErr } from './output.ts';
import { parse } from './parse.ts';
import { print } from './print.ts';
import { replay } from './replay.ts';
import { resume } from './resume.ts';
import { run } from './run.ts';
import { validate } from './validate.ts';
import { version } from './version.ts';
import { wast } from './wast.ts';

const commands: readonly Command[] = [
  run,
  resume,
  replay,
  debug,
  validate,
  print,
  parse,
  dump,
  wast,
  diff,
  diffSnapshotsCommand,
];

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'Glassbox, a WebAssembly runtime that you can see into.',
    '',
    'Usage: glassbox COMMAND [OPTIONS] …',
    '       glassbox FILE [ARGS…]    the same as glassbox run FILE [ARGS…]',
    '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    "Options: --version, --help; each command's are in glassbox COMMAND --help.",
    '',
    'Example: glassbox run --dir . app.wasm in.txt',
    '',
  ].join('\n');
}

/** Runs a command line and returns the exit code. */
async function main(line: readonly string[]): Promise<number> {
  const [first, ...rest] = line;
  if (first === undefined) {
    writeErr(overview());
    return exitCodes.usage;
  }
  if (first === '--help' || first === '-h') return shown(overview());
  if (first === 'help') return help(rest);
  if (first === '--version' || first === '-V') return shown(`glassbox ${version}\n`);
  const command = commands.find(({ name }) => name === first);
  if (command !== undefined) return execute(command, rest);
  // As with wasmtime: a file, or an option of `run`, stands for `run` itself.
  if (first.startsWith('-') || existsSync(first)) return execute(run, line);
  const names = commands.map(({ name }) => name);
  const isPath = /[./]/.test(first);
  throw usageFailure(
    isPath ? `there is no file '${first}'` : `unknown command '${first}'`,
    isPath ? 'check the path' : suggestion(first, names),
  );
}

function help([name]: readonly string[]): number {
  if (name === undefined) return shown(overview());
  const command = commands.find((each) => each.name === name);
  if (command === undefined) {
    throw usageFailure(
      `unknown command '${name}'`,
      suggestion(
        name,
        commands.map((each) => each.name),
      ),
    );
  }
  return shown(helpText(command));
}

conclude(main(process.argv.slice(2)));
