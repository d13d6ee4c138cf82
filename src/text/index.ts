/** Text ↔ Module. */
export { readF32, readF64 } from './float-literals.ts';
export { type IntegerBits, integerBits, numberForm, readInteger } from './number-literals.ts';
export { type ParsedModule, parseModule } from './parse-module.ts';
export { type ArityContext, arityContext, arityOf, arityOfBlock, arityOfType } from './print-arity.ts';
export { printInstruction } from './print-instruction.ts';
export type { LineOffset, PrintedModule } from './print-lines.ts';
export { type PrintOptions, printModule, printModuleLines } from './print-module.ts';
export { type IndexNames, ModuleNames, plainNames } from './print-names.ts';
export { f32Text, f64Text, s64Text, u64Text } from './print-numbers.ts';
export { PrintedParts } from './print-parts.ts';
export { identifier, quoteName } from './print-strings.ts';
export { printSignature, printValType } from './print-types.ts';
export { type ModuleSource, parseScript, type ScriptAction, type ScriptCommand } from './script.ts';
export type { LanePattern, NanKind, NumberConst, ResultPattern, ScriptConst } from './script-values.ts';
export { SourceMap } from './source-map.ts';
export { lastNotAbove } from './source-position.ts';
