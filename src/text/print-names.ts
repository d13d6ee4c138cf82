/**
 * How the printer writes an index: the name section's name as an identifier where it is unique in its
 * index space, else the number. Names never change what the text means.
 *
 * @see https://webassembly.github.io/spec/core/text/values.html#identifiers
 */
import { type Func, importCount, indexSpaces, type Module, type NameSection } from '../syntax/index.ts';
import { identifier, quoteName } from './print-strings.ts';
import { printSignature } from './print-types.ts';

/** Index spaces whose entries the module's fields define. */
export type NamedSpace = 'type' | 'func' | 'table' | 'memory' | 'global' | 'tag' | 'elem' | 'data';

/** Indices as text: identifiers or numbers. The plain one below knows only numbers. */
export interface IndexNames {
  index(space: NamedSpace, index: number): string;
  field(typeidx: number, fieldidx: number): string;
  local(localidx: number): string;
  label(labelidx: number): string;
  /** Parameters and results behind a type index, with a space before: for block types. */
  signature(typeidx: number): string;
}

/** Numbers only: for code whose module is not at hand. */
export const plainNames: IndexNames = {
  index: (_space, index) => String(index),
  field: (_typeidx, fieldidx) => String(fieldidx),
  local: String,
  label: String,
  signature: () => '',
};

const noIds: ReadonlyMap<number, string> = new Map<number, string>();

/** Identifiers of one index space: names that are not empty and stand for one of its `count` indices only. */
function uniqueIds(names: ReadonlyMap<number, string> | undefined, count: number): ReadonlyMap<number, string> {
  if (names === undefined || names.size === 0) return noIds;
  const uses = new Map<string, number>();
  for (const [index, name] of names) if (index < count) uses.set(name, (uses.get(name) ?? 0) + 1);
  const ids = new Map<number, string>();
  for (const [index, name] of names) {
    if (index < count && name !== '' && uses.get(name) === 1) ids.set(index, identifier(name));
  }
  return ids;
}

const sectionKeys = {
  type: 'types',
  func: 'functions',
  table: 'tables',
  memory: 'memories',
  global: 'globals',
  tag: 'tags',
  elem: 'elems',
  data: 'datas',
} as const satisfies Record<NamedSpace, keyof NameSection>;

/** Sizes of the index spaces. */
function countsOf(module: Module): Record<NamedSpace, number> {
  const { funcs, tables, memories, globals, tags } = indexSpaces(module);
  return {
    type: module.types.length,
    func: funcs.length,
    table: tables.length,
    memory: memories.length,
    global: globals.length,
    tag: tags.length,
    elem: module.elems.length,
    data: module.datas.length,
  };
}

function fieldCount(module: Module, typeidx: number): number {
  const comp = module.types[typeidx]?.comp;
  return comp?.kind === 'struct' ? comp.fields.length : 0;
}

/** Parameters and locals of a function that the module defines. */
function localCount(module: Module, func: Func | undefined): number {
  if (func === undefined) return 0;
  const comp = module.types[func.typeidx]?.comp;
  const paramCount = comp?.kind === 'func' ? comp.params.length : 0;
  return func.locals.reduce((sum, { count }) => sum + count, paramCount);
}

/** Identifiers of a whole module, and of one function's locals and labels after `enterFunction`. */
export class ModuleNames implements IndexNames {
  private readonly module: Module;
  private readonly useNames: boolean;
  private readonly importedFuncCount: number;
  private readonly ids: Readonly<Record<NamedSpace, ReadonlyMap<number, string>>>;
  private readonly fieldIds = new Map<number, ReadonlyMap<number, string>>();
  private readonly signatures = new Map<number, string>();
  private localIds = noIds;
  private labelNames = noIds;
  /** Blocks begun so far in the function: the number that a label's name is filed under. */
  private blockCount = 0;
  /** Identifiers of the open blocks' labels, outermost first. */
  private readonly labels: (string | undefined)[] = [];
  /** Of each identifier in `labels`, where it stands there: the last one hides the others. */
  private readonly labelPlaces = new Map<string, number[]>();

  constructor(module: Module, useNames = true) {
    this.module = module;
    this.useNames = useNames;
    this.importedFuncCount = importCount(module, 'func');
    const counts = countsOf(module);
    const idsOf = (space: NamedSpace) => {
      return useNames ? uniqueIds(module.names[sectionKeys[space]], counts[space]) : noIds;
    };
    this.ids = {
      type: idsOf('type'),
      func: idsOf('func'),
      table: idsOf('table'),
      memory: idsOf('memory'),
      global: idsOf('global'),
      tag: idsOf('tag'),
      elem: idsOf('elem'),
      data: idsOf('data'),
    };
  }

  index(space: NamedSpace, index: number): string {
    return this.ids[space].get(index) ?? String(index);
  }

  /** What follows a definition's keyword: `$name (;3;)`, or `(;3;)`, with an `@name` where no identifier can say it. */
  definition(space: NamedSpace, index: number): string {
    const id = this.ids[space].get(index);
    if (id !== undefined) return `${id} (;${index};)`;
    const name = this.useNames ? this.module.names[sectionKeys[space]].get(index) : undefined;
    return name === undefined ? `(;${index};)` : `(;${index};) (@name ${quoteName(name)})`;
  }

  field(typeidx: number, fieldidx: number): string {
    return this.fieldId(typeidx, fieldidx) ?? String(fieldidx);
  }

  fieldId(typeidx: number, fieldidx: number): string | undefined {
    if (!this.useNames) return undefined;
    let ids = this.fieldIds.get(typeidx);
    if (ids === undefined) {
      ids = uniqueIds(this.module.names.fields.get(typeidx), fieldCount(this.module, typeidx));
      this.fieldIds.set(typeidx, ids);
    }
    return ids.get(fieldidx);
  }

  local(localidx: number): string {
    return this.localIds.get(localidx) ?? String(localidx);
  }

  localId(localidx: number): string | undefined {
    return this.localIds.get(localidx);
  }

  signature(typeidx: number): string {
    let text = this.signatures.get(typeidx);
    if (text === undefined) {
      const comp = this.module.types[typeidx]?.comp;
      text = comp?.kind === 'func' ? printSignature(comp, this) : '';
      this.signatures.set(typeidx, text);
    }
    return text;
  }

  enterFunction(funcidx: number): void {
    const { locals, labels } = this.module.names;
    const names = this.useNames ? locals.get(funcidx) : undefined;
    this.localIds =
      names === undefined
        ? noIds
        : uniqueIds(names, localCount(this.module, this.module.funcs[funcidx - this.importedFuncCount]));
    this.labelNames = (this.useNames && labels.get(funcidx)) || noIds;
    this.blockCount = 0;
    this.labels.length = 0;
    this.labelPlaces.clear();
  }

  /** Opens a block's label; its identifier with a space before, or nothing. */
  openLabel(): string {
    const name = this.labelNames.get(this.blockCount++);
    const id = name === undefined || name === '' ? undefined : identifier(name);
    this.labels.push(id);
    if (id === undefined) return '';
    const places = this.labelPlaces.get(id);
    if (places === undefined) this.labelPlaces.set(id, [this.labels.length - 1]);
    else places.push(this.labels.length - 1);
    return ` ${id}`;
  }

  closeLabel(): void {
    const id = this.labels.pop();
    if (id !== undefined) this.labelPlaces.get(id)?.pop();
  }

  /** Open blocks of the function, its body not counted. */
  get depth(): number {
    return this.labels.length;
  }

  /** A label as its identifier, or as a number with the block's depth beside it: `1 (;@3;)`. */
  label(labelidx: number): string {
    const depth = this.labels.length - labelidx;
    if (depth < 0) return String(labelidx);
    const id = this.labels[depth - 1];
    // An inner label of the same name hides it.
    const places = id === undefined ? undefined : this.labelPlaces.get(id);
    const isVisible = places !== undefined && places[places.length - 1] === depth - 1;
    return isVisible ? (id as string) : `${labelidx} (;@${depth};)`;
  }
}
