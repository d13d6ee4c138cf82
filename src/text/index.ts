/** Text ↔ Module. */
export { type ParsedModule, parseModule } from './parse-module.ts';
export { printInstruction } from './print-instruction.ts';
export type { LineOffset, PrintedModule } from './print-lines.ts';
export { type PrintOptions, printModule, printModuleLines } from './print-module.ts';
export { type IndexNames, ModuleNames, plainNames } from './print-names.ts';
export { type ModuleSource, parseScript, type ScriptAction, type ScriptCommand } from './script.ts';
export type { LanePattern, NanKind, NumberConst, ResultPattern, ScriptConst } from './script-values.ts';
export { SourceMap } from './source-map.ts';
