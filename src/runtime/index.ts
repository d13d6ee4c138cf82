/** The store: memories, tables, globals, tags, functions, instances and the limits they share. */
export {
  Code,
  type CodeLabel,
  type Handler,
  type HandlerClause,
  Instr,
  type LoweredBody,
  type Operation,
  setOperations,
} from './code.ts';
export { Func, type HostArguments, type HostBody } from './function.ts';
export {
  type ArrayElements,
  ArrayInst,
  type ArrayLayout,
  arrayLayout,
  type FieldLayout,
  hasHeapType,
  isI31,
  StructInst,
  type StructLayout,
  structLayout,
} from './gc.ts';
export { ExceptionInst, Global, Tag } from './global.ts';
export { type EffectSink, hostEffects } from './host-effects.ts';
export { type Extern, Instance } from './instance.ts';
export { Budget, type Budgets, DEFAULT_MAX_TABLE_ELEMENTS, MAX_TABLE_ELEMENTS } from './limits.ts';
export { type AtomicViews, MAX_MEMORY_BYTES, Memory, type SharedMemory } from './memory.ts';
export type { KeptBodies, ModuleCode } from './module-code.ts';
export { Table } from './table.ts';
