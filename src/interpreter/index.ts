/** Executes modules: load, instantiate, invoke; and what an inspector needs to stop, see and move a fiber. */
export { slotCount } from './aggregates.ts';
export { backtrace, funcName } from './backtrace.ts';
export { Fiber, TURN_MS } from './fiber.ts';
export {
  captureFiber,
  type FiberState,
  type FrameState,
  type PendingCall,
  restoreFiber,
} from './fiber-state.ts';
export { type FrameLayout, frameLayout } from './frame-layout.ts';
export { instantiate } from './instantiate.ts';
export { codeToKeep, KeptCode } from './kept-code.ts';
export { checkImport, kindOf } from './linking.ts';
export { loadModule, twinOf } from './load.ts';
export { type LoopName, loopNames } from './loops.ts';
export { contextOf, legacyTryCount } from './lower/index.ts';
export { DEFAULT_MAX_FRAMES, DEFAULT_MAX_STACK_BYTES, type Interrupt, Meter, type MeterOptions } from './meter.ts';
export type { Hook, Observer } from './observer.ts';
export { callAt, clearAt, isEntry, isStop } from './places.ts';
export { codeAt, isDelimiter, nextPc } from './potential.ts';
export { firstStop, hookAfter, hookEntry, hookReturn, operandsEnd, removeProbe, setProbe, stopsOf } from './probes.ts';
export { EXIT, LINK } from './pseudo.ts';
export {
  type AsyncHost,
  abandon,
  advance,
  EventLoopTurns,
  Interruption,
  invoke,
  invokeAsync,
  runningFibers,
  type Standing,
  settled,
  stand,
  takeResults,
} from './scheduler.ts';
export { classOf, hasRefs, type ValueClass, widthOf, wordsOf } from './slots.ts';
export { changeCode, isConvertible } from './twin.ts';
export { visitorsOf } from './visiting.ts';
