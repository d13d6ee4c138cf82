/** Makers of modules: typed stack programs, binaryen's and wasm-tools' generators, and changes to given modules. */
import type { Generator } from '../case.ts';
import { SeedChoices } from './choices.ts';
import { mutationGenerator } from './mutate.ts';
import { smithGenerator } from './smith.ts';
import { ttfGenerator } from './ttf.ts';
import { generateModule } from './typed-module.ts';

export { type Choices, SeedChoices, TapeChoices } from './choices.ts';
export { blockParts, knownInstructions, knowsInstruction, knowsProposal } from './known.ts';
export { mutateModule, mutationGenerator } from './mutate.ts';
export { smithGenerator } from './smith.ts';
export { ttfGenerator } from './ttf.ts';
export { generateModule } from './typed-module.ts';

/** Typed stack programs over the instruction table. */
export const typedGenerator: Generator = {
  name: 'typed',
  share: 64,
  next: (seed, profile) => generateModule(new SeedChoices(seed), profile),
};

/**
 * Every generator of random modules; those that are missing say what they need.
 *
 * @param modules gives modules to make changes to, beside those that are made up
 */
export function randomGenerators(modules: () => readonly Uint8Array[] = () => []): Generator[] {
  return [typedGenerator, mutationGenerator(modules, typedGenerator), ttfGenerator(), smithGenerator()];
}
