/** The first instruction that two engines execute differently. */
export { locate } from './locate.ts';
export { type Level, type TracedCase, type TraceOptions, traceCase } from './traced-case.ts';
