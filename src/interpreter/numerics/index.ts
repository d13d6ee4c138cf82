/** What the numeric instructions compute, as pure functions over numbers and words of the value stack. */
export * from './convert.ts';
export * from './f32.ts';
export * from './f64.ts';
export * from './fma.ts';
export * from './i32.ts';
export * from './i64.ts';
export * from './v128.ts';
export * from './wide.ts';
