/** Runs the debugger for a command line: loads the module, then runs the commands of the options and of the user. */
import { compile } from '../../api/index.ts';
import { type Arguments, expectOperands } from '../command.ts';
import { debug } from '../debug.ts';
import { exitCodes, Failure } from '../failure.ts';
import { featureSwitches } from '../features.ts';
import { environmentOf, preopensOf } from '../grants.ts';
import { guestName, type Input, readBytes, readInput } from '../input.ts';
import { explaining, sourceOf } from '../load.ts';
import { writeErr, writeOut } from '../output.ts';
import { CommandLines } from './command-lines.ts';
import { CommandRunner } from './command-runner.ts';
import { linesOf } from './commands/support.ts';
import { complete } from './completion.ts';
import { Debugger } from './debugger.ts';
import { moduleLauncher } from './launch-module.ts';
import { isRecording, recordingLauncher } from './launch-recording.ts';
import { isSnapshot, snapshotLauncher } from './launch-snapshot.ts';
import { Program } from './program.ts';
import { Prompt } from './prompt.ts';

const PROMPT = '(glassbox) ';

/** @returns the exit code */
export async function executeDebug(args: Arguments): Promise<number> {
  expectOperands(debug, args, 1, Number.POSITIVE_INFINITY);
  const [path, ...guestArgs] = args.operands as [string, ...string[]];
  const input = readInput(path);
  const program = programOf(args, path, input);
  const isTerminal = process.stdin.isTTY === true && !args.flag('batch');
  const base = isTerminal ? terminalLines() : inputLines(path === '-' || args.flag('batch'));
  const lines = new CommandLines(base.next);
  const terminal = { out: writeOut, err: writeErr, lines };
  const session = new Debugger(program, { name: args.value('invoke'), args: guestArgs }, terminal);
  const runner = new CommandRunner(session);
  base.attach?.(session);
  const interrupt = () => session.interrupt();
  if (isTerminal) process.on('SIGINT', interrupt);
  try {
    await runAll(args, session, runner, isTerminal);
  } finally {
    session.end();
    base.close?.();
    process.off('SIGINT', interrupt);
  }
  return args.flag('batch') && runner.failureCount > 0 ? exitCodes.failed : exitCodes.ok;
}

function programOf(args: Arguments, path: string, input: Input): Program {
  const environment = {
    argv0: args.value('argv0') ?? guestName(path),
    env: environmentOf(args),
    openPreopens: () => preopensOf(args),
  };
  const { content } = input;
  if (content.kind === 'binary' && isSnapshot(content.bytes)) {
    return new Program({ path, text: undefined, ...snapshotLauncher(path, content.bytes, environment) });
  }
  if (content.kind === 'binary' && isRecording(content.bytes)) {
    return new Program({ path, text: undefined, ...recordingLauncher(path, content.bytes) });
  }
  if (args.flag('replay')) throw new Failure(`${path}: this is no recording`, "'glassbox run --record FILE' makes one");
  const module = explaining(input, () => compile(sourceOf(input), { features: featureSwitches(args) }));
  const launch = moduleLauncher(path, module, environment);
  return new Program({ path, module, text: content.kind === 'text' ? content.text : undefined, launch });
}

/** The commands of the options, then those of the terminal or of standard input. */
async function runAll(args: Arguments, session: Debugger, runner: CommandRunner, isTerminal: boolean): Promise<void> {
  const isBatch = args.flag('batch');
  const echo = (line: string) => {
    if (args.flag('echo')) session.terminal.out(`${PROMPT}${line}\n`);
  };
  const isDone = () => session.wantsQuit || (isBatch && runner.failureCount > 0);
  for (const { name, value } of args.options) {
    if (name !== 'command' && name !== 'ex') continue;
    await session.terminal.lines.takeAll(name === 'ex' ? [value] : linesOf(value), async (line) => {
      if (isDone()) return;
      echo(line);
      await runner.execute(line);
    });
  }
  while (!isBatch && !isDone()) {
    const line = await session.terminal.lines.next(PROMPT);
    if (line === undefined) break;
    if (!isTerminal) echo(line);
    await runner.enter(line);
  }
}

interface BaseLines {
  readonly next: (prompt: string) => Promise<string | undefined>;
  readonly attach?: (session: Debugger) => void;
  readonly close?: () => void;
}

function terminalLines(): BaseLines {
  let session: Debugger | undefined;
  const prompt = new Prompt((line) => (session === undefined ? [[], line] : complete(session, line)));
  return {
    next: (text) => prompt.next(text),
    attach: (attached) => {
      session = attached;
    },
    close: () => prompt.close(),
  };
}

/** Lines of standard input, read whole at the first: the guest finds it at its end. */
function inputLines(isNone: boolean): BaseLines {
  let rest: string[] | undefined;
  return {
    next: async () => {
      if (isNone) return undefined;
      if (rest === undefined) {
        rest = new TextDecoder().decode(readBytes('-')).split(/\r\n|\n|\r/);
        // What follows the last line end is no line.
        if (rest.at(-1) === '') rest.pop();
      }
      return rest.shift();
    },
  };
}
