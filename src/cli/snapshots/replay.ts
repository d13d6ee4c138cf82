/** `glassbox replay`, when it is called. */
import { nowMs } from '../clock.ts';
import type { Arguments } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { statsText } from '../limits.ts';
import { writeErr, writeErrBytes, writeOut } from '../output.ts';
import { endReplay, readRecording } from './recording.ts';
import { ReplayedOutput, standardStreams } from './replayed-output.ts';

export async function executeReplay(args: Arguments): Promise<number> {
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
