/** Monitors: what a run did, as traces, counts and trees, in the formats that other tools read. */
export { MonitorContext, type MonitorSource, type RunEnd } from './context.ts';
export type { Monitor, MonitorFormat, MonitorKind, MonitorOption, MonitorOptions, MonitorOutput } from './monitor.ts';
export { type MonitorRequest, parseMonitor } from './parse.ts';
export type { HostListener, Probing } from './probing.ts';
export { monitorHelp, monitorKinds } from './table.ts';
