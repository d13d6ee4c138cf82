/**
 * Slot code as text, for the documents: what a function is lowered to, and the potentials of its
 * instructions. It runs the real lowering; nothing here is written down twice.
 *
 * scripts/gen-docs.mjs puts the results into docs/bytecode.md.
 */
import { compile, instantiate, Store } from '../src/api/index.ts';
import { InstructionReader } from '../src/decoder/index.ts';
import { coldOpNames, controlOpNames, pureOpNames } from '../src/interpreter/cold-ops.ts';
import { clearBody, loweredEntry } from '../src/interpreter/lower/index.ts';
import { potentialAfter } from '../src/interpreter/potential.ts';
import { FIRST_COLD, slotOpNames } from '../src/interpreter/slot-numbers.ts';
import { hotOps } from '../src/interpreter/slot-ops.ts';
import { Code, Instr } from '../src/runtime/index.ts';
import {
  type InstructionRow,
  instructionSections,
  instructions,
  opcodeText,
  signatureOf,
} from '../src/syntax/index.ts';
import { ModuleNames, printInstruction } from '../src/text/index.ts';
import { operationMeanings } from './operation-meanings.ts';

export { monitorHelp } from '../src/inspect/index.ts';
export { instructions };

/** How many operations are in the loop, how many behind it. */
export const operationCounts = {
  hot: hotOps.length,
  cold: coldOpNames.length + pureOpNames.length,
  control: controlOpNames.length,
};

/** The instructions reachable from `entry`, in the order in which lowering emitted them. */
function emitted(entry: Instr): Instr[] {
  const found = new Set<Instr>([entry]);
  const followers = new Set<Instr>();
  for (const instr of found) {
    const { next, t, k } = instr;
    if (next !== null) {
      followers.add(next);
      found.add(next);
    }
    if (t !== null) found.add(t);
    if (Array.isArray(k)) for (const target of k) if (target instanceof Instr && target.t !== null) found.add(target.t);
  }
  // Each run of instructions that follow one another begins where nothing leads on to.
  const heads = [...found].filter((instr) => !followers.has(instr)).sort((a, b) => a.pc - b.pc);
  return heads.flatMap((head) => {
    const run: Instr[] = [];
    for (let at: Instr | null = head; at !== null; at = at.next) run.push(at);
    return run;
  });
}

/** An operation's meaning with the fields of `instr` put in: words of the frame as `w2`, branch targets as `@7`. */
function meaning(instr: Instr, lineOf: ReadonlyMap<Instr, number>, name = slotOpNames[instr.op]!): string {
  const [own, following] = name.split('; ');
  if (own !== undefined && following !== undefined)
    return `${meaning(instr, lineOf, own)}; then ${meaning(instr.next!, lineOf, following)}`;
  if (instr.k instanceof Code) return `room for ${instr.a} words; zero words ${instr.b} to ${instr.c}`;
  if (name === 'check') return 'charge one instruction';
  if (Array.isArray(instr.k)) {
    const targets = instr.k.map((target) => `@${lineOf.get((target as Instr).t!)}`);
    return `goto [${targets.join(' ')}][w${instr.a}]`;
  }
  const fields = { a: instr.a, b: instr.b, c: instr.c, d: instr.d };
  return meaningOf(name)
    .replaceAll(/#d:b/g, String(i64Of(instr.d, instr.b)))
    .replaceAll(/#([abcd])\b/g, (_, field: keyof typeof fields) => String(fields[field]))
    .replaceAll(/(?<!['#\w])([abcd])(?![\w'])/g, (_, field: keyof typeof fields) => `w${fields[field]}`)
    .replaceAll(/(?<=goto )t\b/g, () => `@${lineOf.get(instr.t!)}`)
    .replaceAll(/#k\b/g, typeof instr.k === 'object' ? '#k' : String(instr.k));
}

function i64Of(hi: number, lo: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo >>> 0);
}

/** What an operation does, in the notation of docs/bytecode.md. */
export function meaningOf(name: string): string {
  const number = slotOpNames.indexOf(name);
  if (number < FIRST_COLD) return hotOps[number]!.doc;
  const meaning = operationMeanings[name] ?? meaningFromSignature(name);
  if (meaning === undefined) throw new Error(`docs/operation-meanings.ts does not tell what ${name} does`);
  return meaning;
}

/** An operation that has an instruction's name does what the instruction does, to operands in `a b d`. */
function meaningFromSignature(name: string): string | undefined {
  const row = instructions.find((each) => each.name === name);
  if (row === undefined) return undefined;
  const { operands, results } = signatureOf(row) ?? { operands: [], results: [] };
  const operator = name.slice(name.indexOf('.') + 1);
  const result = results.length === 1 ? 'c = ' : '';
  if (row.accessBytes !== undefined) {
    const values = operands.length > 1 ? `, operands ${['b', 'd'].slice(0, operands.length - 1).join(' ')}` : '';
    return `${result}${operator} of memories[#k.memidx][a + #k.offset]${values}`;
  }
  if (operands.length === 1) return `${result}${operator} a`;
  if (operands.length === 2) return `${result}a ${operator} b`;
  return operands.length === 3 ? `${result}${operator}(a, b, d)` : `as the instruction ${name}`;
}

function functionCode(wat: string, name: string, lowering: 'fast' | 'clear'): Code {
  const { code } = compile(wat, { lowering });
  const found = code.codes.find(({ funcidx }) => code.module.names.functions.get(funcidx) === name);
  if (found === undefined) throw new Error(`no function ${name}`);
  return found;
}

/** The slot code of a function, a line an instruction: number, byte offset, operation, meaning, cost. */
export function slotListing(wat: string, name: string, lowering: 'fast' | 'clear'): string {
  const code = functionCode(wat, name, lowering);
  const instrs = emitted(lowering === 'clear' ? clearBody(code).entry : loweredEntry(code));
  const lineOf = new Map(instrs.map((instr, line) => [instr, line]));
  const rows = instrs.map((instr, line) => [
    String(line).padStart(3),
    `0x${instr.pc.toString(16)}`,
    slotOpNames[instr.op]!,
    meaning(instr, lineOf),
    instr.cost === 0 ? '' : `cost ${instr.cost}`,
  ]);
  return alignColumns(rows);
}

/** A function's instructions with their byte offsets and potentials. */
export function potentialListing(wat: string, name: string): string {
  const { func, module } = functionCode(wat, name, 'fast');
  const { byteOffset, byteLength } = func.body;
  const reader = new InstructionReader(module.module.bytes, byteOffset, byteOffset + byteLength);
  const names = new ModuleNames(module.module, false);
  const rows: string[][] = [];
  let potential = 0;
  while (!reader.done) {
    reader.next();
    rows.push([`0x${reader.at.toString(16)}`, String(potential).padStart(2), printInstruction(reader, names)]);
    potential = potentialAfter(reader.id, potential);
  }
  return alignColumns(rows);
}

/** Runs an exported function; its result and what it took. */
export function runCounted(wat: string, name: string, ...values: unknown[]) {
  const store = new Store();
  const result = instantiate(compile(wat), {}, { store }).call(name, ...values);
  return { result, instructions: store.instructionCount, calls: store.callCount };
}

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A table as the formatter leaves it: columns aligned. */
function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [head, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('\n');
}

/** All slot operations as tables: those in the loop, then those behind it. */
export function operationTables(): string {
  const table = (names: readonly string[]) =>
    markdownTable(
      ['operation', 'meaning'],
      names.map((name) => [`\`${name}\``, meaningOf(name)]),
    );
  return [
    `### In the loop (${hotOps.length})`,
    table(hotOps.map(({ name }) => name)),
    `### Behind the loop: compute and store, or trap (${coldOpNames.length})`,
    table(coldOpNames),
    `### Behind the loop: compute and store, never trap (${pureOpNames.length})`,
    table(pureOpNames),
    `### Behind the loop: may move control (${controlOpNames.length})`,
    table(controlOpNames),
  ].join('\n\n');
}

function instructionCells({ name, code, imm, sig, accessBytes, proposal }: InstructionRow): string[] {
  const immediates = imm === 'none' ? '' : imm;
  const signature = sig === undefined ? '' : `\`${sig}\``;
  return [`\`${name}\``, `\`${opcodeText(code)}\``, immediates, signature, String(accessBytes ?? ''), proposal];
}

/** The whole instruction table as a document's sections. */
export function instructionTables(): string {
  const head = ['name', 'opcode', 'immediates', 'signature', 'bytes accessed', 'proposal'];
  return instructionSections
    .map(({ title, url, rows }) => {
      const table = markdownTable(head, (rows as readonly InstructionRow[]).map(instructionCells));
      return `## ${title}\n\n[${title} in the specification](${url})\n\n${table}`;
    })
    .join('\n\n');
}
