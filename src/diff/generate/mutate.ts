/**
 * Modules with small changes that keep them valid: another instruction of the same type, another constant or immediate,
 * a piece of code twice, gone, or in another order; or just another byte. What real modules do, and then a little else.
 */
import { decodeModule, InstructionReader } from '../../decoder/index.ts';
import { ByteWriter, writeInstruction } from '../../encoder/index.ts';
import {
  F32,
  F64,
  GlassboxError,
  I32,
  I64,
  type InstrId,
  instructions,
  isRef,
  type Module,
  V128,
  ValidationError,
  type ValType,
} from '../../syntax/index.ts';
import { createContext, type ModuleContext, neededFeatures, validateModule } from '../../validator/index.ts';
import type { Generator, Profile } from '../case.ts';
import { cutAt, rewriteModule, type Step, spliced, stepsOf } from '../reduce/index.ts';
import { type Choices, SeedChoices } from './choices.ts';
import { isNumber, writeNumber } from './constant-writer.ts';
import { constantWords } from './constants.ts';
import { knowsInstruction, knowsProposal } from './known.ts';

const MAX_CHANGES = 4;
/** Changes that are tried for each that succeeds. */
const MAX_TRIES = 12;
const MAX_MODULE_BYTES = 30_000;
const MAX_STEPS = 5000;

interface Place {
  readonly context: ModuleContext;
  readonly funcidx: number;
  readonly steps: readonly Step[];
  readonly choices: Choices;
  readonly profile: Profile;
}

/** A new body for the function; `undefined` where the change is not possible. */
type Mutation = (place: Place) => Uint8Array | undefined;

function pickStep({ steps, choices }: Place, fits: (step: Step) => boolean): number | undefined {
  const found = steps.flatMap((step, i) => (!step.isDead && fits(step) ? [i] : []));
  return found.length === 0 ? undefined : choices.pick(found);
}

/** One instruction written anew, with changed fields of its reader. */
function rewritten(step: Step, change: (reader: InstructionReader) => void): Uint8Array {
  const reader = new InstructionReader(step.bytes.slice());
  reader.next();
  change(reader);
  const out = new ByteWriter();
  writeInstruction(out, reader);
  return out.toBytes();
}

const twinsByProfile = new Map<Profile, readonly (readonly InstrId[])[]>();

/** Instructions that could stand in for one: the same type and immediates. */
function twinsOf(id: InstrId, profile: Profile): readonly InstrId[] {
  const known = twinsByProfile.get(profile);
  if (known !== undefined) return known[id]!;
  const twins = instructions.map((_, each) => findTwins(each, profile));
  twinsByProfile.set(profile, twins);
  return twins[id]!;
}

function findTwins(id: InstrId, profile: Profile): InstrId[] {
  const { sig, imm, proposal } = instructions[id]!;
  if (sig === undefined) return [];
  return instructions.flatMap((row, other) => {
    const isAtomic = (row.proposal === 'threads') === (proposal === 'threads');
    return other !== id && row.sig === sig && row.imm === imm && isAtomic && knowsInstruction(profile, row)
      ? [other]
      : [];
  });
}

const otherInstruction: Mutation = (place) => {
  const at = pickStep(place, ({ id }) => twinsOf(id, place.profile).length > 0);
  if (at === undefined) return undefined;
  const step = place.steps[at]!;
  const twin = place.choices.pick(twinsOf(step.id, place.profile));
  const { accessBytes, imm, proposal } = instructions[twin]!;
  const natural = Math.log2(accessBytes ?? 1);
  const bytes = rewritten(step, (reader) => {
    reader.id = twin;
    reader.alignLog2 = proposal === 'threads' ? natural : Math.min(reader.alignLog2, natural);
    if (imm === 'laneidx' || imm === 'memarg_laneidx') reader.index = 0;
  });
  return spliced(place.steps, at, at + 1, bytes);
};

const constantTypes: ReadonlyMap<string, ValType> = new Map([
  ['i32', I32],
  ['i64', I64],
  ['f32', F32],
  ['f64', F64],
  ['v128', V128],
]);

const otherConstant: Mutation = (place) => {
  const at = pickStep(place, ({ id }) => constantTypes.has(instructions[id]!.imm));
  if (at === undefined) return undefined;
  const step = place.steps[at]!;
  const type = constantTypes.get(instructions[step.id]!.imm)!;
  const out = new ByteWriter();
  // Near what it was, or anything.
  const isNear = type === I32 && place.choices.chance(2);
  const words = isNear ? [nearby(step, place.choices)] : constantWords(type, place.choices);
  writeNumber(out, type, words);
  return spliced(place.steps, at, at + 1, out.toBytes());
};

function nearby(step: Step, choices: Choices): number {
  const reader = new InstructionReader(step.bytes);
  reader.next();
  return (reader.lo + choices.pick([1, -1, 4, -4])) | 0;
}

type ImmediateChange = (reader: InstructionReader, place: Place) => void;

/** Another index, in range; the validator says whether its type fits. */
const otherIndex =
  (count: (place: Place) => number): ImmediateChange =>
  (reader, place) => {
    reader.index = place.choices.below(count(place));
  };

const memarg: ImmediateChange = (reader, { choices }) => {
  reader.memOffsetLo = choices.pick([0, 1, 4, 8, 16, reader.memOffsetLo + 1, reader.memOffsetLo - 1, 65_535]) | 0;
  reader.memOffsetHi = 0;
};

const immediateChanges: Readonly<Record<string, ImmediateChange>> = {
  memarg,
  memarg_laneidx: (reader, place) => {
    if (place.choices.chance(2)) memarg(reader, place);
    else reader.index ^= 1;
  },
  laneidx: (reader, { choices }) => {
    reader.index = choices.pick([0, 1, reader.index ^ 1]);
  },
  lanes16: (reader, { choices }) => {
    for (let i = 0; i < 16; i++) reader.bytes[reader.lanesAt + i] = choices.below(32);
  },
  localidx: otherIndex(({ context, funcidx }) => localCount(context, funcidx)),
  globalidx: otherIndex(({ context }) => context.globals.length),
  funcidx: otherIndex(({ context }) => context.funcs.length),
  tableidx: otherIndex(({ context }) => context.tables.length),
  memidx: otherIndex(({ context }) => context.memories.length),
  labelidx: otherIndex(() => 4),
  typeidx_fieldidx: (reader, { choices }) => {
    reader.index2 = choices.below(4);
  },
  br_table: (reader, { choices }) => {
    const labels = reader.labels.slice(0, reader.labelCount);
    reader.labels = labels.map(() => choices.pick(labels));
  },
};

function localCount({ module, importedFuncCount, funcTypes }: ModuleContext, funcidx: number): number {
  const { locals } = module.funcs[funcidx - importedFuncCount]!;
  return locals.reduce((sum, { count }) => sum + count, funcTypes[funcidx]!.params.length);
}

const otherImmediate: Mutation = (place) => {
  const at = pickStep(place, ({ id }) => immediateChanges[instructions[id]!.imm] !== undefined);
  if (at === undefined) return undefined;
  const step = place.steps[at]!;
  const change = immediateChanges[instructions[step.id]!.imm]!;
  const bytes = rewritten(step, (reader) => change(reader, place));
  return spliced(place.steps, at, at + 1, bytes);
};

/** Where the code starts that pushed the topmost operand before `at`; −1 where that is not code of the same block. */
function operandStart(steps: readonly Step[], at: number): number {
  const { depth, before } = steps[at]!;
  for (let i = at - 1; i >= 0 && steps[i]!.depth >= depth; i--) {
    if (steps[i]!.depth > depth) continue;
    if (steps[i]!.before.length < before.length) return steps[i]!.before.length === before.length - 1 ? i : -1;
  }
  return -1;
}

function joined(steps: readonly Step[], ...ranges: readonly (readonly [from: number, to: number])[]): Uint8Array {
  const out = new ByteWriter();
  for (const [from, to] of ranges) for (let i = from; i < to; i++) out.bytes(steps[i]!.bytes);
  return out.toBytes();
}

/** Two operands of one type change places, with the code that makes them. */
const swappedOperands: Mutation = (place) => {
  const { steps } = place;
  const at = pickStep(place, ({ id, before }) => {
    return instructions[id]!.sig !== undefined && before.length > 1 && before.at(-1) === before.at(-2);
  });
  if (at === undefined) return undefined;
  const second = operandStart(steps, at);
  const first = second < 0 ? -1 : operandStart(steps, second);
  if (first < 0) return undefined;
  return spliced(steps, first, at, joined(steps, [second, at], [first, second]));
};

/** The code of an operand gives way to a constant. */
const constantOperand: Mutation = (place) => {
  const { steps, choices } = place;
  const at = pickStep(place, ({ before }) => before.length > 0 && isNumber(before.at(-1)!));
  const from = at === undefined ? -1 : operandStart(steps, at);
  if (at === undefined || from < 0) return undefined;
  const type = steps[at]!.before.at(-1)!;
  const out = new ByteWriter();
  writeNumber(out, type, constantWords(type, choices));
  return spliced(steps, from, at, out.toBytes());
};

/** Code that leaves the stack as it was, once more. */
const duplicated: Mutation = (place) => {
  const { steps } = place;
  const from = pickStep(place, () => true);
  if (from === undefined) return undefined;
  const { depth, before } = steps[from]!;
  const ends: number[] = [];
  for (let i = from + 1; i < steps.length && steps[i]!.depth >= depth; i++) {
    const step = steps[i]!;
    if (step.isDead || step.before.length < before.length) break;
    if (step.depth === depth && step.before.length === before.length) ends.push(i);
  }
  if (ends.length === 0) return undefined;
  return spliced(steps, from, from, joined(steps, [from, place.choices.pick(ends.slice(0, 8))]));
};

const dropped: Mutation = (place) => {
  const { steps, choices } = place;
  const cut = cutAt(steps, choices.below(steps.length), 1 + choices.below(8));
  return cut === undefined ? undefined : spliced(steps, cut.from, cut.to, cut.replacement);
};

/** An operation of its own on a value that is there. */
const inserted: Mutation = (place) => {
  const at = pickStep(place, ({ before }) => before.length > 0 && !isRef(before.at(-1)!));
  if (at === undefined) return undefined;
  const type = place.steps[at]!.before.at(-1)!;
  const unary = unaryRows(place.profile).get(type) ?? [];
  if (unary.length === 0) return undefined;
  const reader = new InstructionReader(new Uint8Array(1));
  reader.id = place.choices.pick(unary);
  const out = new ByteWriter();
  writeInstruction(out, reader);
  return spliced(place.steps, at, at, out.toBytes());
};

const unaryByProfile = new Map<Profile, Map<ValType, InstrId[]>>();

/** Instructions of `[t] -> [t]`, by t. */
function unaryRows(profile: Profile): Map<ValType, InstrId[]> {
  const known = unaryByProfile.get(profile);
  if (known !== undefined) return known;
  const rows = new Map<ValType, InstrId[]>();
  for (const [name, type] of constantTypes) {
    const ids = instructions.flatMap((row, id) => {
      return row.sig === `[${name}] -> [${name}]` && row.imm === 'none' && knowsInstruction(profile, row) ? [id] : [];
    });
    rows.set(type, ids);
  }
  unaryByProfile.set(profile, rows);
  return rows;
}

/** Any byte another: seldom valid, and then nothing that the others would do. */
const otherByte: Mutation = ({ steps, choices }) => {
  const body = joined(steps, [0, steps.length]);
  if (body.length < 2) return undefined;
  const at = choices.below(body.length - 1);
  body[at] = choices.chance(2) ? body[at]! ^ (1 << choices.below(7)) : choices.below(256);
  return body;
};

const mutations: readonly Mutation[] = [
  otherInstruction,
  otherInstruction,
  otherInstruction,
  otherConstant,
  otherConstant,
  otherImmediate,
  otherImmediate,
  swappedOperands,
  constantOperand,
  duplicated,
  dropped,
  inserted,
  otherByte,
];

/** A module whose bodies change one by one; only the changed body is checked each time. */
interface Draft {
  readonly context: ModuleContext;
  /** By function index; the same for all who begin with this module. */
  readonly steps: Map<number, readonly Step[]>;
}

function draftOf(module: Module): Draft {
  return { context: createContext(module), steps: new Map() };
}

/** Of given modules, which come again and again. */
const givenDrafts = new WeakMap<Uint8Array, Draft>();

function firstDraft(bytes: Uint8Array): Draft {
  const draft = givenDrafts.get(bytes) ?? draftOf(decodeModule(bytes));
  givenDrafts.set(bytes, draft);
  return draft;
}

/**
 * With another body for a function, which stands behind the module's bytes; `undefined` where it would not be valid.
 */
function withBody(
  { context: { module, importedFuncCount } }: Draft,
  funcidx: number,
  body: Uint8Array,
): Draft | undefined {
  const byteOffset = module.bytes.length;
  const bytes = new Uint8Array(byteOffset + body.length);
  bytes.set(module.bytes);
  bytes.set(body, byteOffset);
  const own = funcidx - importedFuncCount;
  const funcs = module.funcs.map((func, i) =>
    i === own ? { ...func, body: { byteOffset, byteLength: body.length } } : func,
  );
  const draft = draftOf({ ...module, bytes, funcs });
  return isValid(() => checkedSteps(draft, funcidx, body.length)) ? draft : undefined;
}

/** @throws {GlassboxError} for a body that is not valid */
function checkedSteps(draft: Draft, funcidx: number, byteLength: number): void {
  const steps = stepsIn(draft, funcidx);
  const length = steps.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (length !== byteLength) throw new ValidationError('code after the end of the function', length);
}

function isValid(check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof GlassboxError) return false;
    throw error;
  }
}

function stepsIn({ context, steps }: Draft, funcidx: number): readonly Step[] {
  const known = steps.get(funcidx) ?? stepsOf(context, funcidx);
  steps.set(funcidx, known);
  return known;
}

interface Change {
  readonly draft: Draft;
  readonly funcidx: number;
  readonly body: Uint8Array;
}

/** One change that leaves the body of a function valid; absent when none is found. */
function changeOnce(draft: Draft, choices: Choices, profile: Profile): Change | undefined {
  const { context } = draft;
  const { module, importedFuncCount } = context;
  if (module.funcs.length === 0) return undefined;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const funcidx = importedFuncCount + choices.below(module.funcs.length);
    const steps = stepsIn(draft, funcidx);
    if (steps.length > MAX_STEPS) continue;
    const body = choices.pick(mutations)({ context, funcidx, steps, choices, profile });
    const changed = body && withBody(draft, funcidx, body);
    if (changed) return { draft: changed, funcidx, body };
  }
  return undefined;
}

/** The module with one to four changes; valid when it was. */
export function mutateModule(bytes: Uint8Array, choices: Choices, profile: Profile): Uint8Array {
  const bodies = new Map<number, Uint8Array>();
  let draft = firstDraft(bytes);
  for (let left = choices.between(1, MAX_CHANGES); left > 0; left--) {
    const change = changeOnce(draft, choices, profile);
    if (change === undefined) break;
    draft = change.draft;
    bodies.set(change.funcidx, change.body);
  }
  if (bodies.size === 0) return bytes;
  const changed = rewriteModule(bytes, { bodies });
  // A body is more than its code: what it uses may have to be announced elsewhere.
  return isValid(() => validateModule(decodeModule(changed))) ? changed : bytes;
}

function fits(module: Module, profile: Profile): boolean {
  return [...neededFeatures(module).keys()].every((feature) => knowsProposal(profile, feature));
}

/**
 * Changes given modules.
 *
 * @param modules gives valid ones, when they are needed; those that a profile does not know or that are large are left
 * out
 * @param fallback makes modules where none are given
 */
export function mutationGenerator(modules: () => readonly Uint8Array[], fallback: Generator): Generator {
  const known = new Map<Profile, readonly Uint8Array[]>();
  const usable = (profile: Profile) => {
    const found =
      known.get(profile) ??
      modules().filter((bytes) => bytes.length <= MAX_MODULE_BYTES && fits(decodeModule(bytes), profile));
    known.set(profile, found);
    return found;
  };
  return {
    name: 'mutate',
    share: 16,
    async next(seed, profile) {
      const choices = new SeedChoices(seed);
      const given = usable(profile);
      const bytes = given.length === 0 || choices.chance(8) ? await fallback.next(seed, profile) : choices.pick(given);
      return mutateModule(bytes, choices, profile);
    },
  };
}
