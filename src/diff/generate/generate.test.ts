/** What is generated is valid, uses every instruction, follows from its seed, and shrinks. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moduleArbitrary } from '../../../spec-tests/generate/module-arbitrary.ts';
import { decodeModule, InstructionReader } from '../../decoder/index.ts';
import { type InstrId, instrId, instructions } from '../../syntax/index.ts';
import { parseModule } from '../../text/index.ts';
import { validateModule } from '../../validator/index.ts';
import type { Profile } from '../case.ts';
import {
  blockParts,
  generateModule,
  knownInstructions,
  mutateModule,
  mutationGenerator,
  SeedChoices,
  smithGenerator,
  TapeChoices,
  ttfGenerator,
  typedGenerator,
} from './index.ts';

const profiles: readonly Profile[] = ['host', 'standard', 'all'];
const host = (globalThis as unknown as { WebAssembly: { Module: new (bytes: Uint8Array) => object } }).WebAssembly;

function typed(seed: number, profile: Profile): Uint8Array {
  return typedGenerator.next(seed, profile) as Uint8Array;
}

function instructionsIn(bytes: Uint8Array): InstrId[] {
  const found: InstrId[] = [];
  for (const { body } of decodeModule(bytes).funcs) {
    const reader = new InstructionReader(bytes, body.byteOffset, body.byteOffset + body.byteLength);
    while (!reader.done) {
      reader.next();
      found.push(reader.id);
    }
  }
  return found;
}

describe('typed stack programs', () => {
  it.each(profiles)('are valid (%s)', (profile) => {
    fc.assert(
      fc.property(moduleArbitrary(profile), (bytes) => {
        validateModule(decodeModule(bytes));
        if (profile === 'host') new host.Module(bytes);
      }),
      { numRuns: 150 },
    );
  });

  it.each(profiles)('use every instruction that the profile %s knows', (profile) => {
    const missing = new Set(knownInstructions(profile).filter((id) => !blockParts.has(instructions[id]!.name)));
    for (let seed = 0; seed < 3000 && missing.size > 0; seed++) {
      for (const id of instructionsIn(typed(seed, profile))) missing.delete(id);
    }
    expect([...missing].map((id) => instructions[id]!.name)).toEqual([]);
  });

  it('end soon after their tape ends, whatever their types', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Profile[]>('standard', 'all'),
        fc.uint8Array({ maxLength: 120, size: 'max' }),
        (profile, tape) => {
          expect(generateModule(new TapeChoices(tape), profile).length).toBeLessThan(20_000);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('use instructions of no other profile', () => {
    const known = new Set(knownInstructions('standard'));
    for (let seed = 0; seed < 200; seed++) {
      expect(instructionsIn(typed(seed, 'standard')).filter((id) => !known.has(id))).toEqual([]);
    }
  });

  it('are the same for the same seed', () => {
    for (const profile of profiles) expect(typed(77, profile)).toEqual(typed(77, profile));
    expect(typed(77, 'all')).not.toEqual(typed(78, 'all'));
  });

  it('shrink to little more than what matters', () => {
    const popcnt = instrId('i32.popcnt');
    const failing = (bytes: Uint8Array) => !instructionsIn(bytes).includes(popcnt);
    const { counterexample } = fc.check(fc.property(moduleArbitrary('host', 200), failing), { numRuns: 3000, seed: 1 });
    expect(counterexample).not.toBeNull();
    expect(instructionsIn(counterexample![0]).length).toBeLessThan(25);
  }, 120_000);
});

describe('changes to modules', () => {
  const text = `(module (memory 1) (global (mut i64) (i64.const 3)) (func $f (param i32 i32) (result i32) (local i32)
      (local.set 2 (i32.sub (i32.mul (local.get 0) (i32.const 3)) (local.get 1)))
      (i32.store offset=4 (local.get 1) (local.get 2))
      (if (result i32) (i32.lt_s (local.get 2) (i32.const 10)) (then (call $g (local.get 2))) (else (i32.const 4))))
    (func $g (param i32) (result i32) (i32.load8_u offset=1 (local.get 0))))`;
  const { bytes } = parseModule(text);

  it('keep modules valid, and change most of them', () => {
    let changed = 0;
    const seen = new Set<InstrId>();
    for (let seed = 0; seed < 300; seed++) {
      const mutated = mutateModule(bytes, new SeedChoices(seed), 'host');
      validateModule(decodeModule(mutated));
      new host.Module(mutated);
      if (Buffer.compare(mutated, bytes) !== 0) changed++;
      for (const id of instructionsIn(mutated)) seen.add(id);
    }
    expect(changed).toBeGreaterThan(270);
    // Instructions of the same types have taken the places of those that were there.
    expect(seen.size).toBeGreaterThan(40);
  });

  it('keep blocks whole that end with delegate: mutate-host:4196595', () => {
    const legacy = parseModule(`(module (tag $e (param i32)) (func (param i32) (result i32)
      (try (result i32)
        (do (try (do (throw $e (local.get 0))) (delegate 0)) (i32.const 1))
        (catch $e (i32.add (i32.const 2))))))`).bytes;
    for (let seed = 0; seed < 300; seed++) {
      validateModule(decodeModule(mutateModule(legacy, new SeedChoices(seed), 'host')));
    }
  });

  it('leave out what the profile does not know', async () => {
    const gc = parseModule('(module (type (struct)) (func (drop (struct.new 0))))').bytes;
    const generator = mutationGenerator(() => [gc], typedGenerator);
    const known = new Set(knownInstructions('host'));
    for (let seed = 0; seed < 40; seed++) {
      expect(instructionsIn(await generator.next(seed, 'host')).filter((id) => !known.has(id))).toEqual([]);
    }
  });
});

describe('generators of others', () => {
  it('takes binaryen’s modules', async () => {
    const generator = ttfGenerator();
    expect(generator.missing).toBeUndefined();
    try {
      for (const profile of profiles) {
        const bytes = await generator.next(3, profile);
        validateModule(decodeModule(bytes));
        expect(await generator.next(3, profile)).toEqual(bytes);
      }
    } finally {
      generator.close?.();
    }
  });

  it('says what is missing', () => {
    const generator = smithGenerator('no-such-program');
    expect(generator.missing).toMatch(/cargo install wasm-tools/);
    expect(() => generator.next(1, 'host')).toThrow(/PATH/);
  });
});
