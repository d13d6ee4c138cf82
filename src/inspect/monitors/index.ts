/** Monitors: what a run did, as traces, counts and trees, in the formats that other tools read. */
export { type AttachedMonitors, type AttachOptions, attachMonitors, type MonitorOrder } from './attach.ts';
export type { Monitor, MonitorFormat, MonitorKind, MonitorOption, MonitorOutput } from './monitor.ts';
export { type MonitorRequest, parseMonitor } from './parse.ts';
export { monitorHelp, monitorKinds } from './table.ts';
