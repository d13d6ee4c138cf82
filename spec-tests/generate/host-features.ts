/**
 * Whether a valid module uses only what Node 20's own WebAssembly (V8 11.3) knows without flags, and
 * keeps its limits: only then must the two agree that it is valid.
 */
import { InstructionReader } from '../../src/decoder/index.ts';
import {
  BOTTOM,
  EXTERNREF,
  type Expr,
  F32,
  F64,
  FUNCREF,
  I32,
  I64,
  importCount,
  instructions,
  type Module,
  refType,
  V128,
  type ValType,
} from '../../src/syntax/index.ts';
import { hostProposals } from './random-code.ts';

const hostTypes = new Set<ValType>([I32, I64, F32, F64, V128, FUNCREF, EXTERNREF, BOTTOM]);

/** V8's limit on a table's initial size. */
const HOST_TABLE_LIMIT = 10_000_000;

function typesAreKnown(module: Module): boolean {
  const { types, recGroups } = module;
  return (
    recGroups.every((group) => group.types.length === 1) &&
    types.every(({ final, supertypes, comp }) => {
      if (!final || supertypes.length > 0 || comp.kind !== 'func') return false;
      return [...comp.params, ...comp.results].every((type) => hostTypes.has(type));
    })
  );
}

function definitionsAreKnown(module: Module): boolean {
  const imported = module.imports.map(({ type }) => type);
  const tables = [...module.tables.map(({ type }) => type)];
  const memories = [...module.memories.map(({ type }) => type)];
  const globals = [...module.globals.map(({ type }) => type)];
  for (const type of imported) {
    if (type.kind === 'table') tables.push(type.type);
    else if (type.kind === 'memory') memories.push(type.type);
    else if (type.kind === 'global') globals.push(type.type);
  }
  return (
    memories.length <= 1 &&
    memories.every(({ address, pageSizeLog2 }) => address === I32 && pageSizeLog2 === 16) &&
    tables.every(({ address, element, limits }) => {
      return address === I32 && hostTypes.has(element) && limits.min <= HOST_TABLE_LIMIT;
    }) &&
    module.tables.every(({ init }) => init === undefined) &&
    globals.every(({ content }) => hostTypes.has(content)) &&
    module.elems.every(({ type, items }) => items.kind === 'funcidx' || hostTypes.has(type))
  );
}

/** Whether each instruction is known and names only known types. */
function codeIsKnown(module: Module, { byteOffset, byteLength }: Expr): boolean {
  const reader = new InstructionReader(module.bytes, byteOffset, byteOffset + byteLength);
  while (!reader.done) {
    reader.next();
    const { imm, proposal } = instructions[reader.id]!;
    if (!hostProposals.has(proposal)) return false;
    if (imm === 'blocktype' && !hostTypes.has(reader.blockValType)) return false;
    if (imm === 'valtypes' && !reader.valTypes.every((type) => hostTypes.has(type))) return false;
    if (imm === 'heaptype' && !hostTypes.has(refType(reader.heap, true))) return false;
    if (imm === 'memarg' && reader.memOffsetHi !== 0) return false;
  }
  return true;
}

/** V8 11.3 takes one plain instruction, and of globals the imported ones. */
function constantIsKnown(module: Module, expr: Expr): boolean {
  if (!codeIsKnown(module, expr)) return false;
  const reader = new InstructionReader(module.bytes, expr.byteOffset, expr.byteOffset + expr.byteLength);
  reader.next();
  if (instructions[reader.id]?.name === 'global.get' && reader.index >= importCount(module, 'global')) return false;
  reader.next();
  return instructions[reader.id]?.name === 'end';
}

export function usesHostFeaturesOnly(module: Module): boolean {
  const constants = [
    ...module.globals.map(({ init }) => init),
    ...module.elems.flatMap(({ mode, items }) => [
      ...(mode.kind === 'active' ? [mode.offset] : []),
      ...(items.kind === 'expr' ? items.exprs : []),
    ]),
    ...module.datas.flatMap(({ offset }) => offset ?? []),
  ];
  return (
    typesAreKnown(module) &&
    definitionsAreKnown(module) &&
    module.funcs.every(({ locals, body }) => {
      return locals.every(({ type }) => hostTypes.has(type)) && codeIsKnown(module, body);
    }) &&
    constants.every((expr) => constantIsKnown(module, expr))
  );
}
