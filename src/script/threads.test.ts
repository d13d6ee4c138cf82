/** Threads of scripts, where the thread's "agent" is this one and runs when it is waited for. */
import { describe, expect, it } from 'vitest';
import { runScript, runScriptThread, type ScriptThreads } from './index.ts';

/** Runs a thread's commands at once when it is started, or not before it is waited for. */
function sameAgent(when: 'start' | 'join'): ScriptThreads {
  const threads: ScriptThreads = {
    start(task) {
      const run = () => runScriptThread(structuredClone(task), threads);
      if (when === 'join') return { join: run };
      const result = run();
      return { join: () => result };
    },
  };
  return threads;
}

function report(source: string, threads?: ScriptThreads): string[] {
  return runScript(source, { threads }).outcomes.map(({ line, kind, status, message }) => {
    return `${line} ${kind} ${status}${message === undefined ? '' : `: ${message}`}`;
  });
}

const memory = '(module $M (memory (export "m") 1 1 shared) (memory (export "own") 1) (func (export "f")))';
const loads =
  '(module (memory (import "m" "m") 1 1 shared) (func (export "load") (result i32) (i32.load8_u (i32.const 0))))';
const stores =
  '(module (memory (import "m" "m") 1 1 shared) (func (export "store") (i32.store8 (i32.const 0) (i32.const 7))))';

describe.each(['start', 'join'] as const)('B1.3: threads of scripts, run at their %s', (when) => {
  it.each([
    [
      'share memories',
      `${memory}
       (register "m" $M)
       (thread $T (shared (module $M))
         (register "m" $M)
         ${stores}
         (invoke "store"))
       (wait $T)
       ${loads}
       (assert_return (invoke "load") (i32.const 7))`,
      [
        '1 module passed',
        '2 register passed',
        '3 thread passed',
        '7 wait passed',
        '4 register passed',
        '5 module passed',
        '6 invoke passed',
        '8 module passed',
        '9 assert_return passed',
      ],
    ],
    [
      'share nothing else',
      `${memory}
       (register "m" $M)
       (thread $T (shared (module $M))
         (assert_unlinkable ${loads} "unknown import")
         (register "m" $M)
         (assert_unlinkable (module (memory (import "m" "own") 1)) "unknown import")
         (assert_unlinkable (module (import "m" "f" (func))) "unknown import")
         (invoke "f"))
       (wait $T)`,
      [
        '1 module passed',
        '2 register passed',
        '3 thread passed',
        '9 wait passed',
        '4 assert_unlinkable passed',
        '5 register passed',
        '6 assert_unlinkable passed',
        '7 assert_unlinkable passed',
        '8 invoke failed: there is no instance yet',
      ],
    ],
    [
      'nest, and are waited for at the end by themselves',
      `(thread $A
         (thread (module)
           (module definition $D))
         (wait))
       (thread $B (module))`,
      [
        '1 thread passed',
        '5 thread passed',
        '2 thread passed',
        '4 wait passed',
        '2 module passed',
        '3 definition passed',
        '5 module passed',
      ],
    ],
    [
      'are known by their names',
      `(wait $T)
       (thread $T)
       (thread $T)
       (wait $T)
       (wait $T)
       (thread $U (shared (module $M)))`,
      [
        '1 wait failed: there is no thread T',
        '2 thread passed',
        '3 thread failed: thread T runs already',
        '4 wait passed',
        '5 wait failed: there is no thread T',
        '6 thread failed: there is no instance M',
      ],
    ],
  ])('%s', (_, source, expected) => {
    expect(report(source, sameAgent(when))).toEqual(expected);
  });
});

it('threads of scripts are skipped where there are no agents for them', () => {
  expect(report('(thread $T (module))\n(wait $T)')).toEqual([
    '1 thread skipped: threads of scripts need a host that starts agents',
    '2 wait skipped: no threads are run',
  ]);
});

it('a thread runs with the options of its script', () => {
  const source = '(thread $T (module (memory 1) (memory 1)))';
  const outcomes = runScript(source, { threads: sameAgent('join'), features: { 'multi-memory': false } }).outcomes;
  expect(outcomes.map(({ kind, status }) => `${kind} ${status}`)).toEqual(['thread passed', 'module failed']);
});
