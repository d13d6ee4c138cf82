/** Bytes → Module. */
export { BRANCH_HINT_SECTION, misplacedHint } from './branch-hints.ts';
export { decodeModule, lazyCustomData } from './decode-module.ts';
export { readExpr } from './expr.ts';
export { type CatchClause, InstructionReader } from './instruction-reader.ts';
export { moduleLimits } from './limits.ts';
export { Reader } from './reader.ts';
export { type SectionName, sectionIds, sectionOrder } from './section-ids.ts';
export { importTypeOffset } from './sections.ts';
export { decodeUtf8, encodeUtf8 } from './utf8.ts';
