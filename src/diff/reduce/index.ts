/** Small cases from large ones. */
export { type ReduceOptions, reduceCase } from './reduce-case.ts';
export { type Edit, rewriteModule } from './rewrite.ts';
