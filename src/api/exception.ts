/**
 * Exceptions on both sides: a host function may throw one for its guest to catch, and one that no guest
 * catches reaches the host with its tag and payload.
 *
 * @see https://webassembly.github.io/spec/js-api/#exceptions
 */
import { ExceptionInst } from '../runtime/index.ts';
import { UncaughtException, UsageError } from '../syntax/index.ts';
import { type Tag, tagOf } from './externs.ts';
import { emptyArguments, readValues, writeValues } from './values.ts';

/** The same exception is the same object, however often it crosses the border. */
const known = new WeakMap<ExceptionInst, Exception>();

export class Exception extends UncaughtException {
  readonly tag: Tag;

  /**
   * @param values the payload, converted to the tag's types
   * @throws {UsageError} when the values are not as many, or do not fit
   */
  constructor(tag: Tag, values: readonly unknown[], adopted?: ExceptionInst) {
    super(adopted ?? makeInst(tag, values), undefined);
    this.tag = tag;
    known.set(this.exception as ExceptionInst, this);
  }

  /** The payload as JavaScript values. @throws {UsageError} for a v128, which JavaScript cannot hold */
  get values(): unknown[] {
    const { words, refs, tag } = this.exception as ExceptionInst;
    return readValues({ words, refs: [...refs] }, tag.type.params);
  }
}

function makeInst({ entry }: Tag, values: readonly unknown[]): ExceptionInst {
  const { params } = entry.type;
  if (values.length !== params.length) {
    throw new UsageError(`the tag carries ${params.length} values, not ${values.length}`);
  }
  const args = emptyArguments(params, []);
  writeValues(args, params, values);
  return new ExceptionInst(entry, args.words, args.refs);
}

/** What a call throws to the host: a guest's exception as the object that stands for it, the rest as it is. */
export function outward(error: unknown): unknown {
  if (!(error instanceof UncaughtException) || !(error.exception instanceof ExceptionInst)) return error;
  const inst = error.exception;
  const exception = known.get(inst) ?? new Exception(tagOf(inst.tag), [], inst);
  exception.backtrace = error.backtrace;
  return exception;
}
