/** How a guest's run ended, as a message and an exit code. */
import { type BacktraceFrame, Exhaustion, HostExit, Trap, UncaughtException } from '../syntax/index.ts';
import { HostError, type Wasi } from '../wasi/index.ts';
import { exitCodes, Failure } from './failure.ts';
import { CLOSED_PIPE, paint, printable, writeErr } from './output.ts';

const EXIT_CODE_MASK = 0xff;

/** What a run that did not return exits with, after saying why. Errors that are no outcome of a guest are rethrown. */
export function exitCodeOf(path: string, error: unknown): number {
  if (error instanceof HostExit) return error.exitCode & EXIT_CODE_MASK;
  const isTrap = error instanceof Trap || error instanceof Exhaustion;
  if (!isTrap && !(error instanceof UncaughtException)) throw error;
  const name = path === '-' ? '<stdin>' : path;
  const title = error instanceof Trap ? 'wasm trap: ' : '';
  writeErr(`${paint(2, 'red', 'error:')} ${name}: ${title}${printable(error.message)}\n`);
  writeErr(backtraceText(error.backtrace));
  const help = error instanceof Exhaustion ? exhaustionAdvice[error.kind] : undefined;
  if (help !== undefined) writeErr(`${paint(2, 'cyan', 'help:')} ${help}\n`);
  return isTrap ? exitCodes.trap : exitCodes.failed;
}

/**
 * Hands on what a program has written and has not been told the fate of.
 *
 * @throws {HostExit} when nobody reads it any more
 * @throws {Failure} when there is no room for it
 */
export function handOn(wasi: Wasi): void {
  try {
    wasi.flush();
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    if (error.code === 'EPIPE') throw new HostExit(CLOSED_PIPE);
    throw new Failure(`cannot write the program's output: ${error.message}`, 'what it has written last is lost');
  }
}

const exhaustionAdvice: Partial<Record<Exhaustion['kind'], string>> = {
  fuel: 'raise --fuel to let it run longer',
  deadline: 'raise --timeout to let it run longer',
  memory: 'raise --max-memory to let it have more',
};

const SHOWN_FRAMES = 30;

/** Innermost first, in wasmtime's form: number, byte offset in the binary, module and function. */
export function backtraceText(frames: readonly BacktraceFrame[]): string {
  if (frames.length === 0) return '';
  const lines = frames.slice(0, SHOWN_FRAMES).map(({ funcidx, funcName, moduleName, byteOffset }, index) => {
    const place = `0x${byteOffset.toString(16)}`.padStart(8);
    const name = funcName === undefined ? `<wasm function ${funcidx}>` : printable(funcName);
    return `${String(index).padStart(6)}: ${place} - ${printable(moduleName ?? '<unknown>')}!${name}\n`;
  });
  // How many there are is not known: errors carry the innermost frames of a deep stack.
  if (frames.length > SHOWN_FRAMES) lines.push('        … and more callers\n');
  return `wasm backtrace:\n${lines.join('')}`;
}
