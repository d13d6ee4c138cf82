/** Cases made ready to run the same way everywhere. */
export { mix, wordBits } from './answers.ts';
export { Code } from './code.ts';
export { EXCEPTION_LOG, PrepareError, prepareCase } from './prepare-case.ts';
export { canMake, pushNumber } from './values.ts';
