/** What a guest asks of WASI, under eyes: calls as data, as text and as JSON, and a report of what a run has used. */
export { Audit, type AuditReport, auditText, type PathUse } from './audit.ts';
export { type CallArgument, type CallState, type CallValue, GuestBytes, GuestPointer, type WasiCall } from './call.ts';
export { callJson, type Json } from './json.ts';
export { callText } from './text.ts';
export { type CallListener, Tracer, type TracerOptions } from './tracer.ts';
