/** What generated modules may use in each profile: proposals, and the instructions that they bring. */
import { type InstrId, type InstructionRow, instructions, type Mnemonic, type Proposal } from '../../syntax/index.ts';
import type { Profile } from '../case.ts';

/** What V8 11.3 knows without flags. */
const hostProposals: readonly Proposal[] = [
  'mvp',
  'mutable-global',
  'sign-extension',
  'saturating-float-to-int',
  'multi-value',
  'bulk-memory',
  'reference-types',
  'simd',
  'tail-call',
  'exceptions',
  'legacy-exceptions',
  'threads',
];

/** Beside the host's own in its form, what some engine lacks. */
const notCommon: readonly Proposal[] = ['exceptions', 'legacy-exceptions', 'threads'];

/** Of `exceptions`, V8 11.3 has tags and `throw`, as the withdrawn encoding has them. */
const notInHost: ReadonlySet<string> = new Set(['try_table', 'throw_ref']);

export function knowsProposal(profile: Profile, proposal: Proposal): boolean {
  if (profile === 'common' && notCommon.includes(proposal)) return false;
  if (profile === 'host' || profile === 'common') return hostProposals.includes(proposal);
  return profile === 'all' || proposal !== 'legacy-exceptions';
}

export function knowsInstruction(profile: Profile, { name, proposal }: InstructionRow): boolean {
  return knowsProposal(profile, proposal) && !(profile === 'host' && notInHost.has(name));
}

/** Ids of a profile's instructions, in the table's order. */
export function knownInstructions(profile: Profile): InstrId[] {
  return instructions.flatMap((row, id) => (knowsInstruction(profile, row) ? [id] : []));
}

/** Parts of structured instructions: written with the instruction that opens the block. */
export const blockParts: ReadonlySet<Mnemonic> = new Set<Mnemonic>(['else', 'end', 'catch', 'catch_all', 'delegate']);
