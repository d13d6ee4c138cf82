/** `glassbox replay`: runs a recording again, without anything of the host that it was recorded on. */
import { nowMs } from './clock.ts';
import { type Arguments, type Command, expectOperands } from './command.ts';
import { exitCodes } from './failure.ts';
import { statsOption, statsText } from './limits.ts';
import { writeErr, writeErrBytes, writeOut } from './output.ts';
import { endReplay, readRecording } from './recording.ts';
import { ReplayedOutput, standardStreams } from './replayed-output.ts';

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
  execute: executeReplay,
};

async function executeReplay(args: Arguments): Promise<number> {
  expectOperands(replay, args, 1, 1);
  const [path] = args.operands as [string];
  const started = nowMs();
  const calls = readRecording(path, { history: { checkpoints: false } });
  const streams = standardStreams();
  let exitCode: number = exitCodes.ok;
  try {
    for (const call of calls) {
      new ReplayedOutput(call.session, (stream, bytes) => (stream === 1 ? writeOut : writeErrBytes)(bytes), streams);
      call.session.run();
      exitCode = endReplay(call);
    }
    return exitCode;
  } finally {
    const last = calls[calls.length - 1];
    if (args.flag('stats') && last !== undefined) {
      writeErr(statsText(last.session.instance.store, nowMs() - started));
    }
  }
}
