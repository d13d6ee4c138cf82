/** Text ↔ Module. */
export { type ParsedModule, parseModule } from './parse-module.ts';
export { type ModuleSource, parseScript, type ScriptAction, type ScriptCommand } from './script.ts';
export type { LanePattern, NanKind, NumberConst, ResultPattern, ScriptConst } from './script-values.ts';
export { SourceMap } from './source-map.ts';
