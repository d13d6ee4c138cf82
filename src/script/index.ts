/** Test scripts (.wast) over the embedding API. */
export type { ScriptOutcome, ScriptResult } from './outcome.ts';
export { runScript, type ScriptOptions } from './run-script.ts';
