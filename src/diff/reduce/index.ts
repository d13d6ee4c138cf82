/** Small cases from large ones. */
export { cutAt, type Step, spliced, stepsOf } from './body.ts';
export { type RunBoth, withReader } from './readers.ts';
export { type ReduceOptions, reduceCase } from './reduce-case.ts';
export { type Edit, rewriteModule } from './rewrite.ts';
