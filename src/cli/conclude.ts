/** How a command is run and how the program ends: every failure is a message and an exit code. */
import { type Arguments, type Command, helpText, readArguments } from './command.ts';
import { errorText } from './diagnosis.ts';
import { exitCodes, Failure } from './failure.ts';
import { writeErr, writeOut } from './output.ts';

/** Runs a command with what stands behind its name. Returns the exit code. */
export async function execute(command: Command, line: readonly string[]): Promise<number> {
  const args: Arguments = readArguments(command, line);
  return args.flag('help') ? shown(helpText(command)) : command.execute(args);
}

/** Writes a text that was asked for. Returns the exit code. */
export function shown(text: string): number {
  writeOut(text);
  return exitCodes.ok;
}

/** Makes how a command ends the end of the program. */
export function conclude(exitCode: Promise<number>): void {
  exitCode.then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      writeErr(errorText(error));
      process.exitCode = error instanceof Failure ? error.exitCode : exitCodes.failed;
    },
  );
}
