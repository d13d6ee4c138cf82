/**
 * Notices what is changed while a recorded call stands: through variables, which say so, and through the embedding
 * API's memories, tables and globals.
 */
import { type EffectSink, hostEffects, type Memory } from '../../runtime/index.ts';
import { HostWrites } from './host-writes.ts';

export class EditWatch implements EffectSink {
  private readonly writes = new HostWrites();
  private hasChanged = false;
  private isWatching = false;
  private formerSink: EffectSink | null = null;

  begin(): void {
    if (this.isWatching) return;
    this.isWatching = true;
    this.formerSink = hostEffects.sink;
    hostEffects.sink = this;
  }

  /** Something has been changed. */
  note(): void {
    this.hasChanged = true;
  }

  /** Has anything been changed since the last time? */
  take(): boolean {
    const hasChanged = this.writes.take().length > 0 || this.hasChanged;
    this.hasChanged = false;
    return hasChanged;
  }

  stop(): void {
    this.take();
    if (!this.isWatching) return;
    this.isWatching = false;
    if (hostEffects.sink === this) hostEffects.sink = this.formerSink;
  }

  touched(memory: Memory, byteOffset: number, byteLength: number): void {
    this.writes.touched(memory, byteOffset, byteLength);
  }

  growsMemory(): void {
    this.note();
  }

  setsElement(): void {
    this.note();
  }

  growsTable(): void {
    this.note();
  }

  setGlobal(): void {
    this.note();
  }
}
