/** A located difference as text: the code around it, the operand stack before it, and what each engine made of it. */
import { decodeModule, InstructionReader } from '../../decoder/index.ts';
import { F32, F64, I64, importCount, isRef, type Module, V128, type ValType, valTypeText } from '../../syntax/index.ts';
import { printInstruction } from '../../text/index.ts';
import type { Case, Difference } from '../case.ts';
import { constantText } from '../script-text.ts';
import { type Culprit, nameOf, type Operands, type OriginalPlace } from './locate.ts';
import type { Site } from './sites.ts';
import type { LeftDifference } from './state.ts';
import { type Parting, type TraceRecord, type TraceRun, valueDigits } from './traces.ts';

/** Instructions shown on either side. */
const AROUND = 6;

export interface Described {
  readonly testCase: Case;
  readonly run: TraceRun;
  readonly difference: Difference;
  readonly culprit: Culprit;
  readonly place: OriginalPlace;
  readonly parting: Parting;
  readonly operands: Operands | undefined;
  /** Records before it. */
  readonly index: number;
  /** What the instruction has left, which shows only later. */
  readonly left: LeftDifference | undefined;
}

export function describeLocation(found: Described): string {
  const { culprit, place, run, index, operands, testCase, left } = found;
  const offset = `0x${place.byteOffset.toString(16)}`;
  const where = place.isOwn ? `at ${offset}` : `in code that calls or observes it, near ${offset}`;
  const head = `${nameOf(culprit.id)} in function ${place.funcidx} ${where}, after ${index} steps`;
  const code = place.isOwn
    ? codeAround(decodeModule(testCase.bytes), place.funcidx, place.byteOffset)
    : codeAround(decodeModule(run.prepared.bytes), culprit.funcidx, culprit.byteOffset);
  const before = operands === undefined ? [] : [`operands before it, in both: ${operandsText(operands)}`];
  const leaves = left === undefined ? [] : [`what differs after it: ${leftText(left)}; then`];
  return [head, ...code, ...before, ...leaves, ...outcomes(found)].join('\n');
}

function leftText(left: LeftDifference): string {
  if (left.kind === 'state') return left.label;
  if (left.kind === 'memory') return 'memory';
  return left.of === 'data' ? 'a data segment' : 'an element segment';
}

/** Some instructions before and after one, which is marked. */
function codeAround(module: Module, funcidx: number, byteOffset: number): string[] {
  const func = module.funcs[funcidx - importCount(module, 'func')];
  if (func === undefined) return [];
  const { body } = func;
  const reader = new InstructionReader(module.bytes, body.byteOffset, body.byteOffset + body.byteLength);
  const lines: string[] = [];
  let marked = 0;
  while (!reader.done) {
    reader.next();
    if (reader.at === byteOffset) marked = lines.length;
    lines.push(`  ${reader.at === byteOffset ? '>' : ' '} ${printInstruction(reader)}`);
  }
  return lines.slice(Math.max(0, marked - AROUND), marked + AROUND + 1);
}

function operandsText(operands: Operands): string {
  if (operands.length === 0) return 'none';
  return operands.map(({ site, digits }) => valueText(site.type!, digits)).join(' ');
}

/** A value in the text format, and its bits where they say more. */
function valueText(type: ValType, digits: string): string {
  if (isRef(type)) return `(${valTypeText(type)} ${referenceText(Number.parseInt(digits.slice(-8), 16) | 0)})`;
  const width = type === V128 ? 32 : type === I64 || type === F64 ? 16 : 8;
  const bits = digits.slice(-width).padStart(width, '0');
  const text = constantText(type, bits) ?? bits;
  return type === F32 || type === F64 ? `${text} (0x${bits})` : text;
}

/** What a record tells of a reference: `Telling` has it. */
function referenceText(told: number): string {
  if (told === 0 || told === 3) return 'not null';
  if (told === 1) return 'null';
  return (told & 1) === 0 ? `i31 ${told >> 1}` : `array of ${told >>> 3}`;
}

function outcomes({ run, parting, culprit, difference }: Described): string[] {
  const { sites, ours, theirs } = parting;
  // Nothing on the stack shows it: memory, or how the call ends, is different.
  if (ours === undefined && theirs === undefined) {
    return [difference.ours, difference.theirs].map(({ engine, text }) => `${engine}: ${text}`);
  }
  const width = Math.max(run.ours.name.length, run.theirs.name.length);
  return [
    `${run.ours.name.padEnd(width)}: ${recordText(sites, ours, culprit)}`,
    `${run.theirs.name.padEnd(width)}: ${recordText(sites, theirs, culprit)}`,
  ];
}

function recordText(sites: readonly Site[], record: TraceRecord | undefined, culprit: Culprit): string {
  if (record === undefined) return 'ends here';
  const site = sites[record.site]!;
  const isThere = site.funcidx === culprit.funcidx && site.byteOffset === culprit.byteOffset;
  const value = site.type === undefined ? '' : ` ${valueText(site.type, valueDigits(site, record))}`;
  if (isThere) return site.type === undefined ? 'goes on' : `${site.role === 'state' ? 'leaves' : 'gives'}${value}`;
  if (site.role === 'entry') return `enters function ${site.funcidx}${value && ` with${value}`}`;
  return `goes on after ${nameOf(site.id)} at 0x${site.byteOffset.toString(16)} of the prepared module${value && ` with${value}`}`;
}
