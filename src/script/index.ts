/** Test scripts (.wast) over the embedding API. */
export type { ScriptOutcome, ScriptResult } from './outcome.ts';
export { runScript, runScriptThread, type ScriptOptions } from './run-script.ts';
export type { ScriptThread, ScriptThreads, ThreadTask } from './threads.ts';
