/** Looking inside: sessions that step, pause, show and edit a guest. */
export { LineTable, type SourceLine } from './dwarf/index.ts';
export type { Continuation } from './foreign-calls.ts';
export {
  type Bits,
  type Frame,
  framesOf,
  globalsOf,
  type LabelView,
  type OperandVariable,
  tableElements,
  type ValueBridge,
  Variable,
  valueText,
} from './frames/index.ts';
export { decodeRecording } from './history/decode-recording.ts';
export type { History, HistoryOptions, SaveOptions } from './history/history.ts';
export { recordingMagic } from './history/recording-format.ts';
export type { LastWrite } from './history/travel.ts';
export type { Machine } from './machine.ts';
export {
  type AttachedMonitors,
  type AttachOptions,
  attachMonitors,
  type MonitorOrder,
  type MonitorOutput,
  type MonitorRequest,
  monitorHelp,
  monitorKinds,
  parseMonitor,
} from './monitors/index.ts';
export { functionByName, globalByName, localByName } from './names.ts';
export type { MemoryAccess } from './points/access.ts';
export type { Breakpoint, BreakpointOptions } from './points/breakpoint.ts';
export type { Probe, ProbeCallbacks } from './points/points.ts';
export type { WatchAccess, Watchpoint, WatchTarget } from './points/watchpoint.ts';
export { Session, type SessionOptions } from './session.ts';
export {
  type DecodeOptions,
  type Difference,
  decodeSnapshot,
  diffSnapshots as diffSnapshotBytes,
  type EncodeOptions,
  encodeSnapshot,
  hexText,
  type ImportRequest,
  type MachineState,
  sha256,
} from './snapshot/index.ts';
export {
  type AnnotatedFrame,
  annotation,
  type CodeLine,
  isDelimiter,
  Listing,
  type ListingPlace,
  type ListingSource,
} from './source/index.ts';
export type { Stop, StopReason } from './stop.ts';
export { instructionCountOf, Visit } from './visit.ts';
