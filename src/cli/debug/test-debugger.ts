/** A debugger without a terminal, for tests: scripts go in, texts come out. */
import { compile } from '../../api/index.ts';
import { CommandLines } from './command-lines.ts';
import { CommandRunner } from './command-runner.ts';
import { Debugger } from './debugger.ts';
import { moduleLauncher } from './launch-module.ts';
import { Program } from './program.ts';

/** Two functions that call each other, a global, a memory. */
export const testGuest = `(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1 2)
  (table $t 2 funcref)
  (elem (i32.const 0) $fac)
  (global $calls (mut i32) (i32.const 0))
  (func $fac (export "fac") (param $n i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (if (result i32) (i32.le_s (local.get $n) (i32.const 0))
      (then (i32.const 1))
      (else (i32.mul (local.get $n) (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
  (func $main (export "_start") (local $x f64)
    (i32.store (i32.const 16) (call $fac (i32.const 3)))
    (drop (memory.grow (i32.const 1)))
    (call $proc_exit (i32.const 7)))
  (data (i32.const 32) "hello\\00world"))`;

export interface TestDebugger {
  readonly debug: Debugger;
  readonly runner: CommandRunner;
  /** Runs commands; returns all that they have written, messages with two stars in front. */
  tell(...lines: readonly string[]): Promise<string>;
}

/** @param following lines that commands find when they ask for more */
export function testDebugger(text = testGuest, following: readonly string[] = []): TestDebugger {
  const module = compile(text);
  const launch = moduleLauncher('guest.wat', module, { argv0: 'guest', env: {}, openPreopens: () => ({}) });
  const program = new Program({ path: 'guest.wat', module, text, launch });
  const rest = [...following];
  let written = '';
  const terminal = {
    out: (each: string) => {
      written += each;
    },
    err: (each: string) => {
      written += `** ${each}`;
    },
    lines: new CommandLines(async () => rest.shift()),
  };
  const debug = new Debugger(program, { name: undefined, args: [] }, terminal);
  const runner = new CommandRunner(debug);
  return {
    debug,
    runner,
    tell: async (...lines) => {
      written = '';
      for (const line of lines) await runner.enter(line);
      return written;
    },
  };
}
