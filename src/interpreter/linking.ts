/**
 * Matches what a module imports with what it is given.
 *
 * @see https://webassembly.github.io/spec/core/valid/matching.html#external-types
 */
import { type Extern, Func, Global, Memory, type ModuleCode, Table, type Tag } from '../runtime/index.ts';
import {
  type ExternKind,
  type GlobalType,
  type Import,
  type Limits,
  LinkError,
  type MemoryType,
  type TableType,
  translateValType,
  typeRegistry,
  valTypeText,
} from '../syntax/index.ts';

/** The kind of an extern, as imports and exports name it. */
export function kindOf(extern: Extern): ExternKind {
  if (extern instanceof Func) return 'func';
  if (extern instanceof Table) return 'table';
  if (extern instanceof Memory) return 'memory';
  return extern instanceof Global ? 'global' : 'tag';
}

/** @throws {LinkError} when `extern` is not what the import asks for */
export function checkImport(code: ModuleCode, entry: Import, extern: Extern): void {
  const problem = mismatch(code, entry, extern);
  if (problem === undefined) return;
  throw new LinkError(
    `incompatible import type for ${JSON.stringify(entry.module)} ${JSON.stringify(entry.name)}: ${problem}`,
  );
}

function mismatch(code: ModuleCode, { type }: Import, extern: Extern): string | undefined {
  const found = kindOf(extern);
  if (found !== type.kind) return `expected a ${type.kind}, found a ${found}`;
  if (type.kind === 'func') return funcMismatch(code.typeIds[type.typeidx]!, extern as Func);
  if (type.kind === 'table') return tableMismatch(code, type.type, extern as Table);
  if (type.kind === 'memory') return memoryMismatch(type.type, extern as Memory);
  if (type.kind === 'global') return globalMismatch(code, type.type, extern as Global);
  return code.typeIds[type.type.typeidx] === (extern as Tag).typeId ? undefined : 'the tag has another type';
}

function funcMismatch(wanted: number, { typeId, type }: Func): string | undefined {
  if (typeRegistry.isSubtypeId(typeId, wanted)) return undefined;
  const given = `[${type.params.map(valTypeText).join(' ')}] -> [${type.results.map(valTypeText).join(' ')}]`;
  return `the function's type is ${given}`;
}

function tableMismatch(code: ModuleCode, wanted: TableType, table: Table): string | undefined {
  const element = translateValType(wanted.element, code.typeIds);
  if (element !== table.type.element) return `its elements are ${valTypeText(table.type.element)}`;
  if (wanted.address !== table.type.address) return 'the address types differ';
  return limitsMismatch(wanted.limits, table.length, table.type.limits);
}

function memoryMismatch(wanted: MemoryType, { type, pageCount }: Memory): string | undefined {
  if (wanted.address !== type.address) return 'the address types differ';
  if (wanted.shared !== type.shared) return type.shared ? 'the memory is shared' : 'the memory is not shared';
  if (wanted.pageSizeLog2 !== type.pageSizeLog2) return 'the page sizes differ';
  return limitsMismatch(wanted.limits, pageCount, type.limits);
}

function limitsMismatch(wanted: Limits, size: number, { max }: Limits): string | undefined {
  if (size < wanted.min) return `its size is ${size}, at least ${wanted.min} is wanted`;
  if (wanted.max === undefined || (max !== undefined && max <= wanted.max)) return undefined;
  return max === undefined ? `it has no maximum, ${wanted.max} is wanted` : `its maximum is ${max}, not ${wanted.max}`;
}

function globalMismatch(code: ModuleCode, wanted: GlobalType, { type }: Global): string | undefined {
  if (wanted.mutable !== type.mutable) return type.mutable ? 'the global is mutable' : 'the global is immutable';
  const content = translateValType(wanted.content, code.typeIds);
  const fits = wanted.mutable ? content === type.content : typeRegistry.matchesVal(type.content, content);
  return fits ? undefined : `the global is ${valTypeText(type.content)}`;
}
