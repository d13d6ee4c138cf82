/**
 * What the parsers of one module share: index spaces, types, the pool of assembled code, and where
 * each instruction of the pool is written.
 */
import { ByteWriter } from '../encoder/index.ts';
import type { CompType, Expr, SubType, ValType } from '../syntax/index.ts';
import type { AnnotationTable } from './annotations.ts';
import type { Cursor } from './cursor.ts';
import { IndexSpace } from './index-space.ts';

/** A list of 32-bit integers that grows. */
export class IntList {
  private items = new Uint32Array(256);
  length = 0;

  push(item: number): void {
    if (this.length === this.items.length) {
      const grown = new Uint32Array(this.length * 2);
      grown.set(this.items);
      this.items = grown;
    }
    this.items[this.length++] = item;
  }

  toArray(): Uint32Array {
    return this.items.slice(0, this.length);
  }
}

/** A recursive group as it is parsed. */
export interface ParsedRecGroup {
  readonly from: number;
  readonly types: SubType[];
}

/** Branch hints of one function: offsets count from the function body's start, its locals included. */
export interface FunctionHints {
  readonly funcidx: number;
  readonly hints: { readonly byteOffset: number; readonly value: number }[];
}

export class ModuleContext {
  readonly spaces = {
    type: new IndexSpace('type'),
    func: new IndexSpace('func', 'function'),
    table: new IndexSpace('table'),
    memory: new IndexSpace('memory'),
    global: new IndexSpace('global'),
    tag: new IndexSpace('tag'),
    elem: new IndexSpace('elem', 'elem segment'),
    data: new IndexSpace('data', 'data segment'),
  } as const;
  readonly annotations: AnnotationTable;
  readonly recGroups: ParsedRecGroup[] = [];
  /** The type index space: explicit definitions, then the ones that type uses imply. */
  readonly types: SubType[] = [];
  /** Field identifiers of each struct type. */
  readonly fields = new Map<number, IndexSpace>();
  readonly localNames = new Map<number, ReadonlyMap<number, string>>();
  readonly labelNames = new Map<number, ReadonlyMap<number, string>>();
  readonly branchHints: FunctionHints[] = [];
  /** Whether an instruction names a data segment, which asks for a data count section. */
  usesDataidx = false;

  /** Expressions, bodies and data, in the order of the text. */
  readonly pool = new ByteWriter();
  /** Offset in the pool and in the source of every instruction, ascending in the pool. */
  readonly codeOffsets = new IntList();
  readonly sourceOffsets = new IntList();

  private readonly funcTypes = new Map<string, number>();

  constructor(annotations: AnnotationTable) {
    this.annotations = annotations;
  }

  /** The pool's bytes since `start`, as an expression. */
  exprFrom(start: number): Expr {
    return { byteOffset: start, byteLength: this.pool.length - start };
  }

  /** Remembers explicit function types, so that type uses without an index find the smallest one. */
  indexFuncTypes(): void {
    for (const { from, types } of this.recGroups) {
      const [type] = types;
      if (types.length !== 1 || type === undefined) continue;
      if (type.comp.kind !== 'func' || !type.final || type.supertypes.length > 0) continue;
      const key = funcTypeKey(type.comp.params, type.comp.results);
      if (!this.funcTypes.has(key)) this.funcTypes.set(key, from);
    }
  }

  /** The smallest index of a function type, which is added when there is none. */
  funcTypeidx(params: readonly ValType[], results: readonly ValType[]): number {
    const key = funcTypeKey(params, results);
    const found = this.funcTypes.get(key);
    if (found !== undefined) return found;
    const typeidx = this.types.length;
    const type: SubType = { final: true, supertypes: [], comp: { kind: 'func', params, results } };
    this.types.push(type);
    this.recGroups.push({ from: typeidx, types: [type] });
    this.spaces.type.count++;
    this.funcTypes.set(key, typeidx);
    return typeidx;
  }

  /** The definition of a type index, if there is one. */
  compType(typeidx: number): CompType | undefined {
    return this.types[typeidx]?.comp;
  }

  /** A field index of a type, in numbers or as an identifier. */
  fieldidx(cursor: Cursor, typeidx: number): number {
    return (this.fields.get(typeidx) ?? noFields).index(cursor);
  }
}

const noFields = new IndexSpace('field');

function funcTypeKey(params: readonly ValType[], results: readonly ValType[]): string {
  return `${params.join(' ')}>${results.join(' ')}`;
}
