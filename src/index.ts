/**
 * The package `glassbox`: what an embedder uses, for any host. What needs Node is `glassbox/node`; the command line
 * is a program of its own.
 */
export * from './api/index.ts';
export {
  type BacktraceFrame,
  DecodeError,
  Exhaustion,
  type ExhaustionKind,
  type Feature,
  FeatureOffError,
  type FeatureSwitches,
  featureNames,
  GlassboxError,
  HostExit,
  InternalError,
  LinkError,
  ParseError,
  SnapshotError,
  type TextPosition,
  Trap,
  type TrapKind,
  UncaughtException,
  UnsupportedFeatureError,
  UsageError,
  ValidationError,
} from './syntax/index.ts';
export { type PrintOptions, printModule, SourceMap } from './text/index.ts';
export * from './wasi/index.ts';
