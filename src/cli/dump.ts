/** `glassbox dump`: what a module consists of, without running or validating it. */
import {
  type ExternKind,
  type Feature,
  type FeatureSet,
  type GlobalType,
  I64,
  indexSpaces,
  type Limits,
  type MemoryType,
  type Module,
  type TableType,
  valTypesText,
  valTypeText,
} from '../syntax/index.ts';
import { neededFeatures } from '../validator/index.ts';
import { type Arguments, type Command, expectOperands } from './command.ts';
import { featureOption, featureSwitches, resolved } from './features.ts';
import { decodeInput } from './load.ts';
import { paint, printable, writeOut } from './output.ts';
import { countText } from './quantities.ts';

export const dump: Command = {
  name: 'dump',
  summary: "show a module's sections, sizes, imports, exports and the proposals it needs",
  usage: '[OPTIONS] FILE',
  example: 'glassbox dump app.wasm',
  options: [{ name: 'json', help: 'write one JSON object' }, featureOption],
  notes: 'Proposals that -W switches off are marked.',
  execute(args: Arguments): number {
    expectOperands(dump, args, 1, 1);
    const on = resolved(featureSwitches(args) ?? {});
    const facts = factsOf(decodeInput(args.operands[0]!), on);
    writeOut(args.flag('json') ? `${JSON.stringify(facts, undefined, 2)}\n` : factsText(facts));
    return 0;
  },
};

interface Facts {
  readonly bytes: number;
  readonly name: string | undefined;
  readonly sections: readonly { name: string; byteOffset: number; bytes: number; entries?: number }[];
  readonly imports: readonly { module: string; name: string; kind: ExternKind; type: string }[];
  readonly exports: readonly { name: string; kind: ExternKind; index: number; type: string }[];
  readonly start: number | undefined;
  readonly proposals: readonly { name: Feature; on: boolean; uses: readonly string[] }[];
}

function factsOf(module: Module, on: FeatureSet): Facts {
  return {
    bytes: module.bytes.length,
    name: module.names.module,
    sections: module.sections.map((section) => {
      const entries = entryCount(module, section.id);
      const name = section.id === 0 ? `custom '${section.name}'` : section.name;
      return {
        name,
        byteOffset: section.byteOffset,
        bytes: section.byteLength,
        ...(entries === undefined ? {} : { entries }),
      };
    }),
    imports: importFacts(module),
    exports: exportFacts(module),
    start: module.start?.funcidx,
    proposals: [...neededFeatures(module)].map(([name, uses]) => ({ name, on: on.has(name), uses })),
  };
}

/** Entries of a section by its id; none for custom, start and data count. */
function entryCount(module: Module, id: number): number | undefined {
  const { types, imports, funcs, tables, memories, globals, exports, elems, datas, tags } = module;
  const lists: Readonly<Record<number, readonly unknown[]>> = {
    1: types,
    2: imports,
    3: funcs,
    4: tables,
    5: memories,
    6: globals,
    7: exports,
    9: elems,
    10: funcs,
    11: datas,
    13: tags,
  };
  return lists[id]?.length;
}

function importFacts(module: Module): Facts['imports'] {
  const { funcs, tables, memories, globals, tags } = indexSpaces(module);
  const spaces = { func: funcs, table: tables, memory: memories, global: globals, tag: tags };
  const next = { func: 0, table: 0, memory: 0, global: 0, tag: 0 };
  return module.imports.map((entry) => {
    const { kind } = entry.type;
    const type = externText(module, spaces, kind, next[kind]++);
    return { module: entry.module, name: entry.name, kind, type };
  });
}

function exportFacts(module: Module): Facts['exports'] {
  const { funcs, tables, memories, globals, tags } = indexSpaces(module);
  const spaces = { func: funcs, table: tables, memory: memories, global: globals, tag: tags };
  return module.exports.map(({ name, kind, index }) => {
    return { name, kind, index, type: externText(module, spaces, kind, index) };
  });
}

interface Spaces {
  readonly func: readonly number[];
  readonly table: readonly TableType[];
  readonly memory: readonly MemoryType[];
  readonly global: readonly GlobalType[];
  readonly tag: readonly { readonly typeidx: number }[];
}

/** The type of an entry of an index space; an index out of range (the module may be invalid) has none. */
function externText(module: Module, spaces: Spaces, kind: ExternKind, index: number): string {
  switch (kind) {
    case 'func':
      return funcTypeText(module, spaces.func[index]);
    case 'tag':
      return funcTypeText(module, spaces.tag[index]?.typeidx);
    case 'global': {
      const type = spaces.global[index];
      if (type === undefined) return '?';
      return type.mutable ? `(mut ${valTypeText(type.content)})` : valTypeText(type.content);
    }
    case 'table': {
      const type = spaces.table[index];
      return type === undefined ? '?' : `${addressText(type)}${limitsText(type.limits)} ${valTypeText(type.element)}`;
    }
    case 'memory': {
      const type = spaces.memory[index];
      return type === undefined ? '?' : `${addressText(type)}${limitsText(type.limits)}${type.shared ? ' shared' : ''}`;
    }
  }
}

function addressText({ address }: { readonly address: number }): string {
  return address === I64 ? 'i64 ' : '';
}

function limitsText({ min, max }: Limits): string {
  return max === undefined ? String(min) : `${min} ${max}`;
}

function funcTypeText(module: Module, typeidx: number | undefined): string {
  const comp = typeidx === undefined ? undefined : module.types[typeidx]?.comp;
  return comp?.kind === 'func' ? `${valTypesText(comp.params)} -> ${valTypesText(comp.results)}` : '?';
}

function factsText(facts: Facts): string {
  const lines = [`${facts.name === undefined ? 'module' : `module ${facts.name}`}, ${countText(facts.bytes)} bytes`];
  const heading = (title: string, count: number) => {
    lines.push('', paint(1, 'cyan', `${title} (${count})`));
  };
  heading('sections', facts.sections.length);
  lines.push(
    ...table(
      facts.sections.map(({ name, byteOffset, bytes, entries }) => [
        name,
        `0x${byteOffset.toString(16)}`,
        `${countText(bytes)} bytes`,
        entries === undefined ? '' : `${countText(entries)} ${entries === 1 ? 'entry' : 'entries'}`,
      ]),
    ),
  );
  heading('imports', facts.imports.length);
  lines.push(...table(facts.imports.map(({ module, name, kind, type }) => [kind, `${module} ${name}`, type])));
  heading('exports', facts.exports.length);
  lines.push(...table(facts.exports.map(({ name, kind, index, type }) => [kind, name, String(index), type])));
  if (facts.start !== undefined) lines.push('', `start function ${facts.start}`);
  heading('proposals needed', facts.proposals.length);
  lines.push(...table(facts.proposals.map(({ name, on, uses }) => [on ? name : `${name} (off)`, usesText(uses)])));
  return `${lines.join('\n')}\n`;
}

const SHOWN_USES = 4;

function usesText(uses: readonly string[]): string {
  const hidden = uses.length - SHOWN_USES;
  return uses.slice(0, SHOWN_USES).join(', ') + (hidden > 0 ? ` and ${countText(hidden)} more` : '');
}

/** Rows as aligned columns. Names come from the module: control characters must not reach the terminal. */
function table(rows: readonly (readonly string[])[]): string[] {
  const shown = rows.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of shown) {
    row.forEach((cell, index) => {
      widths[index] = Math.min(60, Math.max(widths[index] ?? 0, cell.length));
    });
  }
  return shown.map((row) => `  ${row.map((cell, index) => cell.padEnd(widths[index]!)).join('  ')}`.trimEnd());
}
