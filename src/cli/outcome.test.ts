/** Tests of what becomes of a program's last output when nothing takes it. */
import { describe, expect, test } from 'vitest';
import { HostExit } from '../syntax/index.ts';
import { HostError, Wasi } from '../wasi/index.ts';
import { Failure } from './failure.ts';
import { handOn } from './outcome.ts';

function writingTo(flush: () => void): Wasi {
  return new Wasi({ stdout: { isTerminal: false, write: () => undefined, flush } });
}

describe('output that is left', () => {
  test('is handed on', () => {
    let count = 0;
    handOn(writingTo(() => count++));
    expect(count).toBe(1);
  });

  test('that nobody reads is the end, as of a program that a signal has ended', () => {
    const wasi = writingTo(() => {
      throw new HostError('EPIPE');
    });
    expect(() => handOn(wasi)).toThrow(HostExit);
    expect(() => handOn(wasi)).toThrow(expect.objectContaining({ exitCode: 141 }));
  });

  test('that finds no room is told, as no fault of ours', () => {
    const wasi = writingTo(() => {
      throw new HostError('ENOSPC', 'no space left on device');
    });
    expect(() => handOn(wasi)).toThrow(Failure);
    expect(() => handOn(wasi)).toThrow("cannot write the program's output: no space left on device");
  });

  test('and what is a fault stays one', () => {
    const wasi = writingTo(() => {
      throw new TypeError('no function');
    });
    expect(() => handOn(wasi)).toThrow(TypeError);
  });
});
