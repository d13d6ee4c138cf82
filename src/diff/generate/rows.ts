/** The instructions that code of a module can use: those of its profile for which it has what they need. */
import {
  F32,
  F64,
  I32,
  I64,
  type InstrId,
  instructions,
  type Mnemonic,
  signatureOf,
  V128,
  type ValType,
} from '../../syntax/index.ts';
import type { Profile } from '../case.ts';
import { blockParts, knownInstructions } from './known.ts';
import type { ModulePlan } from './module-plan.ts';

export interface Rows {
  readonly all: readonly InstrId[];
  /** Those without a signature: blocks, jumps, calls, variables, tables, references, objects. */
  readonly structural: readonly InstrId[];
  /** By the type of what they store. */
  readonly stores: ReadonlyMap<ValType, readonly InstrId[]>;
  /** By the type of their only result. */
  readonly producers: ReadonlyMap<ValType, readonly InstrId[]>;
}

const typesByName: Readonly<Record<string, ValType>> = { i32: I32, i64: I64, f32: F32, f64: F64, v128: V128 };
/** Instructions whose result may be a number although they have no signature. */
const otherProducers: ReadonlyMap<ValType, readonly Mnemonic[]> = new Map([
  [
    I32,
    [
      'ref.is_null',
      'ref.test',
      'ref.test null',
      'table.size',
      'struct.get_s',
      'struct.get_u',
      'array.get_s',
      'array.get_u',
    ],
  ],
]);

/** What a module has that instructions need. */
interface Needs {
  readonly profile: Profile;
  readonly isLegacy: boolean;
  readonly memories: boolean;
  readonly tables: boolean;
  readonly globals: boolean;
  readonly tags: boolean;
  readonly elems: boolean;
  readonly datas: boolean;
}

const cache = new Map<string, Rows>();

/** Modules that have the same share one answer. */
export function rowsFor(plan: ModulePlan): Rows {
  const needs: Needs = {
    profile: plan.profile,
    isLegacy: plan.isLegacy,
    memories: plan.memories.length > 0,
    tables: plan.tables.length > 0,
    globals: plan.globals.length > 0,
    tags: plan.tags.length > 0,
    elems: plan.elems.length > 0,
    datas: plan.datas.length > 0,
  };
  const key = Object.values(needs).join();
  const known = cache.get(key);
  if (known !== undefined) return known;
  const rows = makeRows(needs);
  cache.set(key, rows);
  return rows;
}

function makeRows(needs: Needs): Rows {
  const all = knownInstructions(needs.profile).filter((id) => isUsable(needs, id));
  const producers = new Map<ValType, InstrId[]>();
  const stores = new Map<ValType, InstrId[]>();
  for (const id of all) {
    const row = instructions[id]!;
    const stored = /^\[addr (\w+)\] -> \[\]$/.exec(row.sig ?? '')?.[1];
    if (stored !== undefined && row.imm === 'memarg') append(stores, typesByName[stored]!, id);
    const results = signatureOf(row)?.results;
    const [result] = results ?? [];
    const type = result === undefined ? undefined : typesByName[result === 'addr' ? 'i32' : result];
    if (results?.length === 1 && type !== undefined) append(producers, type, id);
    for (const [other, names] of otherProducers) if (names.includes(row.name)) append(producers, other, id);
  }
  const structural = all.filter((id) => signatureOf(instructions[id]!) === undefined);
  return { all, structural, stores, producers };
}

function append(map: Map<ValType, InstrId[]>, type: ValType, id: InstrId): void {
  const list = map.get(type);
  if (list === undefined) map.set(type, [id]);
  else list.push(id);
}

const needsElement = new Set<Mnemonic>(['array.new_elem', 'array.init_elem']);
const legacy = new Set<Mnemonic>(['try', 'rethrow']);
const modern = new Set<Mnemonic>(['try_table', 'throw_ref']);

function isUsable(needs: Needs, id: InstrId): boolean {
  const { name, imm, accessBytes } = instructions[id]!;
  if (blockParts.has(name)) return false;
  if (legacy.has(name) && !needs.isLegacy) return false;
  if (modern.has(name) && needs.isLegacy) return false;
  if (needsElement.has(name)) return needs.elems;
  if (name === 'throw') return needs.tags;
  if (imm.includes('memidx') || accessBytes !== undefined) {
    return needs.memories && (imm !== 'dataidx_memidx' || needs.datas);
  }
  if (imm.includes('tableidx') && !name.startsWith('elem')) {
    return needs.tables && (imm !== 'elemidx_tableidx' || needs.elems);
  }
  if (imm.includes('dataidx')) return needs.datas;
  if (imm === 'elemidx') return needs.elems;
  return imm !== 'globalidx' || needs.globals;
}
