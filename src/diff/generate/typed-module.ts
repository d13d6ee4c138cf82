/** Whole modules: a plan of definitions, and a typed stack program for each function. */

import type { EncodableFunc, EncodableModule } from '../../encoder/index.ts';
import { encodeModule } from '../../encoder/index.ts';
import type { Export, ExternKind } from '../../syntax/index.ts';
import type { Profile } from '../case.ts';
import type { Choices } from './choices.ts';
import { CodeGenerator } from './code-generator.ts';
import { ModulePlan } from './module-plan.ts';

/** Instructions of one function, about. */
const BUDGETS = [8, 12, 16, 24, 40, 100] as const;

/** A valid module, every part of it exported. */
export function generateModule(choices: Choices, profile: Profile): Uint8Array {
  const plan = new ModulePlan(choices, profile);
  const budget = choices.pick(BUDGETS);
  const funcs = plan.funcs.slice(plan.importedFuncs).map(({ typeidx }, i): EncodableFunc => {
    const code = new CodeGenerator(plan, plan.importedFuncs + i, budget);
    const body = code.body();
    return { typeidx, locals: code.localGroups, body: plan.range(() => plan.pool.bytes(body)) };
  });
  return encodeModule({ ...definitions(plan), funcs, bytes: plan.pool.toBytes() }).bytes;
}

function definitions(plan: ModulePlan): Omit<EncodableModule, 'funcs' | 'bytes'> {
  const { funcs, globals, importedFuncs } = plan;
  const imported = globals.filter(({ isImport }) => isImport);
  const entry = (name: string) => ({ module: 'import', name });
  const starts = funcs.flatMap(({ type }, i) =>
    type.params.length + type.results.length === 0 && i >= importedFuncs ? [i] : [],
  );
  return {
    recGroups: plan.typePlan.groups.map((types) => ({ types })),
    imports: [
      ...funcs
        .slice(0, importedFuncs)
        .map(({ typeidx }, i) => ({ ...entry(`f${i}`), type: { kind: 'func' as const, typeidx } })),
      ...imported.map(({ type }, i) => ({ ...entry(`g${i}`), type: { kind: 'global' as const, type } })),
    ],
    tables: plan.tables,
    memories: plan.memories.map((type) => ({ type })),
    globals: globals.flatMap(({ type, init }) => (init === undefined ? [] : [{ type, init }])),
    tags: plan.tags.map(({ typeidx }) => ({ type: { typeidx } })),
    exports: exports(plan),
    start: starts.length > 0 && plan.choices.chance(6) ? { funcidx: plan.choices.pick(starts) } : undefined,
    elems: plan.elems,
    hasDataCount: plan.datas.length > 0,
    datas: plan.datas,
    customs: [],
    names: undefined,
  };
}

function exports(plan: ModulePlan): Omit<Export, 'byteOffset'>[] {
  const all = (kind: ExternKind, items: readonly unknown[]) =>
    items.map((_, index) => ({ name: `${kind}${index}`, kind, index }));
  return [
    ...all('func', plan.funcs),
    ...all('memory', plan.memories),
    ...all('global', plan.globals),
    ...all('table', plan.tables),
    ...all('tag', plan.tags),
  ];
}
