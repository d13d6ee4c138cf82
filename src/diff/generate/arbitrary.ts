/** Generated modules as a fast-check arbitrary, for tests: a failing module shrinks with the tape that it was made from. */
import fc from 'fast-check';
import type { Profile } from '../case.ts';
import { TapeChoices } from './choices.ts';
import { generateModule } from './typed-module.ts';

const TAPE_BYTES = 600;

export function moduleArbitrary(profile: Profile): fc.Arbitrary<Uint8Array> {
  const tapes = fc.uint8Array({ minLength: 0, maxLength: TAPE_BYTES, size: 'max' });
  return tapes.map((tape) => generateModule(new TapeChoices(tape), profile));
}
