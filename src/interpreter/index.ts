/** Executes modules: load, instantiate, invoke. */
export { slotCount } from './aggregates.ts';
export { backtrace, funcName } from './backtrace.ts';
export { Fiber } from './fiber.ts';
export type { FiberState, FrameState, PendingCall } from './fiber-state.ts';
export { type FrameLayout, frameLayout } from './frame-layout.ts';
export { instantiate } from './instantiate.ts';
export { checkImport, kindOf } from './linking.ts';
export { loadModule } from './load.ts';
export { contextOf, legacyTryCount } from './lower/index.ts';
export { DEFAULT_MAX_FRAMES, DEFAULT_MAX_STACK_BYTES, Meter, type MeterOptions } from './meter.ts';
export { codeAt, isDelimiter } from './potential.ts';
export { EXIT, LINK } from './pseudo.ts';
export { type AsyncHost, invoke, invokeAsync } from './scheduler.ts';
export { classOf, hasRefs, type ValueClass, widthOf, wordsOf } from './slots.ts';
