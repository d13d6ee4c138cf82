/** What WebAssembly is: the instruction table, types, the module as data, errors. Imports nothing. */
export * from './errors.ts';
export * from './features.ts';
export * from './instructions.ts';
export * from './module.ts';
export * from './type-registry.ts';
export * from './types.ts';
export * from './unsupported.ts';
