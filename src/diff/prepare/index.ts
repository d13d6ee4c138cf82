/** Cases made ready to run the same way everywhere. */
export { mix, wordBits } from './answers.ts';
export { Code } from './code.ts';
export { type NanShape, nanRules } from './nans.ts';
export { EXCEPTION_LOG, type Origins, PrepareError, prepareCase, prepareWithOrigins } from './prepare-case.ts';
export { canMake, pushNumber } from './values.ts';
