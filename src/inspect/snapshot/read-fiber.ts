/** Reads where a guest stands: frames that could have called each other, each with what its place in the code says. */
import { type FiberState, type FrameState, legacyTryCount, wordsOf } from '../../interpreter/index.ts';
import type { Code, Func, Instance } from '../../runtime/index.ts';
import { EXNREF, typeRegistry, type ValType } from '../../syntax/index.ts';
import { type FrameShape, FrameShapes } from './frame-shapes.ts';
import { slotsOf } from './inventory.ts';
import type { ValueReader } from './read-values.ts';
import type { SnapshotReader } from './reader.ts';

/** A frame whose place is read, with what it says of itself. */
interface FrameRecord {
  readonly offset: number;
  readonly instance: Instance;
  readonly code: Code;
  readonly pc: number;
  readonly operandCount: number;
}

/** All of a fiber but the counts, which are the store's. */
export type FiberPlace = Omit<FiberState, 'instructionCount' | 'callCount'>;

export function readFiber(
  source: SnapshotReader,
  values: ValueReader,
  instances: readonly Instance[],
): FiberPlace | undefined {
  return source.flag() ? new FiberReader(source, values, instances).read() : undefined;
}

class FiberReader {
  private readonly source: SnapshotReader;
  private readonly values: ValueReader;
  private readonly instances: readonly Instance[];
  private readonly valueCounts = new Map<Code, number>();

  constructor(source: SnapshotReader, values: ValueReader, instances: readonly Instance[]) {
    this.source = source;
    this.values = values;
    this.instances = instances;
  }

  read(): FiberPlace {
    const { source, values } = this;
    const entryOffset = source.offset;
    const entry = values.func();
    if (entry.instance === null) source.fail('the host called a function of its own', entryOffset);
    const pendingOffset = source.offset;
    const pendingFunc = source.flag() ? values.func() : undefined;
    if (pendingFunc !== undefined && pendingFunc.host === null) {
      source.fail("the host call in progress calls a guest's function", pendingOffset);
    }
    const records = this.records(pendingFunc !== undefined);
    const shapes = this.shapes(records, pendingFunc !== undefined);
    this.checkCalls(entry, records, shapes, pendingFunc);

    let fp = 0;
    const frames = records.map(({ instance, code, pc }, level): FrameState => {
      const frame = { instance, funcidx: code.funcidx, pc, fp };
      fp += shapes[level]!.endAt;
      return frame;
    });
    const params = pendingFunc?.type.params ?? [];
    const words = new Int32Array(fp + wordsOf(params));
    const refs: unknown[] = [];
    for (let i = 0; i < words.length >> 1; i++) refs.push(null);
    for (const [level, frame] of frames.entries()) this.contents(frame, shapes[level]!, words, refs);
    for (const { type, at } of slotsOf(params, fp)) values.value(type, words, refs, at);
    source.releaseClaims();
    const pending = pendingFunc && { func: pendingFunc, base: fp };
    return { entry, frames, words, refs, pending };
  }

  private records(isPending: boolean): FrameRecord[] {
    const { source } = this;
    const count = source.countOf('frames', 4);
    if (count === 0) source.fail('a guest that runs without a frame');
    const records: FrameRecord[] = [];
    for (let level = 0; level < count; level++) {
      const record = this.record();
      // What a tail call has left behind is known when its place is: nothing.
      const mayBeEmpty = isPending && level === count - 1;
      if (!mayBeEmpty) source.claim(this.valueCount(record.code) + record.operandCount);
      records.push(record);
    }
    return records;
  }

  private record(): FrameRecord {
    const { source } = this;
    const offset = source.offset;
    const instance = this.instances[source.index(this.instances.length, 'instance')]!;
    const { codes, importedFuncs } = instance.code;
    const code = codes[source.count() - importedFuncs];
    if (code === undefined) return source.fail('a frame of no function', offset);
    const pc = code.func.body.byteOffset + source.index(code.func.body.byteLength, 'byte of a function');
    return { offset, instance, code, pc, operandCount: source.count() };
  }

  /** Locals and hidden slots of a function's frames. */
  private valueCount(code: Code): number {
    const known = this.valueCounts.get(code);
    if (known !== undefined) return known;
    const { params } = code.module.funcType(code.func.typeidx);
    const count = code.func.locals.reduce((sum, group) => sum + group.count, params.length) + legacyTryCount(code);
    this.valueCounts.set(code, count);
    return count;
  }

  private shapes(records: readonly FrameRecord[], isPending: boolean): FrameShape[] {
    const start = this.source.offset;
    const shapes = new FrameShapes((problem) => this.source.fail(problem, start));
    const isWaiting = (level: number) => level < records.length - 1 || isPending;
    for (const [level, { code, pc, operandCount }] of records.entries()) {
      shapes.add(code, pc, isWaiting(level), operandCount);
    }
    shapes.resolve();
    return records.map(({ code, pc }, level) => shapes.get(code, pc, isWaiting(level)));
  }

  /** A callee may have gone on to others by tail calls, so that only its results must be what the call gives. */
  private checkCalls(
    entry: Func,
    records: readonly FrameRecord[],
    shapes: readonly FrameShape[],
    pendingFunc: Func | undefined,
  ): void {
    const resultsAt = (level: number) => {
      const { code } = records[level]!;
      const typeId = code.module.typeIds[code.func.typeidx]!;
      return typeRegistry.subTypeOf(typeId).comp as Func['type'];
    };
    this.checkResults(resultsAt(0).results, entry.type.results, records[0]!.offset);
    for (let level = 0; level < records.length; level++) {
      const { call } = shapes[level]!;
      const { offset, instance } = records[level]!;
      if (call === undefined) return;
      const isInnermost = level === records.length - 1;
      const callee = call.funcidx === undefined ? undefined : instance.funcs[call.funcidx]!;
      const isOther = callee !== undefined && (isInnermost ? callee !== pendingFunc : callee.host !== null);
      if (isOther || (call.isTail && !isInnermost))
        this.source.fail('a frame waits for what it has not called', offset);
      const results = isInnermost ? pendingFunc!.type.results : resultsAt(level + 1).results;
      this.checkResults(results, call.results, offset);
    }
  }

  private checkResults(given: readonly ValType[], wanted: readonly ValType[], offset: number): void {
    const fits = given.length === wanted.length && given.every((type, i) => typeRegistry.matchesVal(type, wanted[i]!));
    if (!fits) this.source.fail('a frame would return what its caller does not want', offset);
  }

  private contents({ fp }: FrameState, shape: FrameShape, words: Int32Array, refs: unknown[]): void {
    const { values } = this;
    shape.locals.forEach(({ type, at }, i) => {
      if (shape.unset.has(i)) values.nothing();
      else values.value(type, words, refs, fp + at);
    });
    for (const { at, isLive } of shape.hidden) {
      if (isLive) values.value(EXNREF, words, refs, fp + at);
      else values.nothing();
    }
    for (const { type, at } of shape.operands) values.value(type, words, refs, fp + at);
  }
}
