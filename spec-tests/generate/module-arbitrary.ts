/**
 * Generated modules as a fast-check arbitrary, for tests: a failing module shrinks with the tape that it was made from.
 */
import fc from 'fast-check';
import type { Profile } from '../../src/diff/case.ts';
import { TapeChoices } from '../../src/diff/generate/choices.ts';
import { generateModule } from '../../src/diff/generate/typed-module.ts';

/** @param tapeBytes at most so many bytes of decisions: 600 make modules of some hundred instructions */
export function moduleArbitrary(profile: Profile, tapeBytes = 600): fc.Arbitrary<Uint8Array> {
  const tapes = fc.uint8Array({ minLength: 0, maxLength: tapeBytes, size: 'max' });
  return tapes.map((tape) => generateModule(new TapeChoices(tape), profile));
}
