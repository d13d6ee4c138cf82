/**
 * Random sequences of calls, mostly sensible ones, on a small set of names and descriptors, so that they meet each
 * other: what one opens, writes or renames the next ones see.
 */
import * as fc from 'fast-check';
import type { FunctionName } from '../../src/wasi/index.ts';
import { paths } from './argument-table.ts';
import {
  BUFFER,
  FD_READ,
  FD_WRITE,
  FIRST_TEXT,
  IOVECS,
  placeIovecs,
  placeText,
  prelude,
  RESULT,
  SECOND_RESULT,
  SECOND_TEXT,
} from './layout.ts';
import { MEMORY_BYTES, type Placed, parametersOf, RANDOM_NAME, type Sequence, type Step } from './sequence.ts';

const weights: Readonly<Partial<Record<FunctionName, number>>> = {
  fd_advise: 1,
  fd_allocate: 1,
  fd_close: 2,
  fd_datasync: 1,
  fd_fdstat_get: 2,
  fd_fdstat_set_flags: 1,
  fd_fdstat_set_rights: 1,
  fd_filestat_get: 2,
  fd_filestat_set_size: 3,
  fd_filestat_set_times: 2,
  fd_pread: 3,
  fd_prestat_dir_name: 1,
  fd_prestat_get: 1,
  fd_pwrite: 3,
  fd_read: 5,
  fd_readdir: 2,
  fd_renumber: 1,
  fd_seek: 4,
  fd_sync: 1,
  fd_tell: 2,
  fd_write: 6,
  path_create_directory: 4,
  path_filestat_get: 3,
  path_filestat_set_times: 2,
  path_link: 4,
  path_open: 10,
  path_readlink: 2,
  path_remove_directory: 3,
  path_rename: 6,
  path_symlink: 4,
  path_unlink_file: 4,
  sched_yield: 1,
};

const names = [
  'hello.txt',
  'empty',
  'sub',
  'full',
  'bare',
  'link',
  'sublink',
  'hello2',
  'new',
  'fresh',
  'x.txt',
  'one',
];
const name = fc.constantFrom(...names);
const path: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: name },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constantFrom('sub', 'bare', 'full', 'new', 'sublink'), name).map((two) => two.join('/')),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('..', '.', 'sub/..', 'link'), name).map((two) => two.join('/')) },
  { weight: 1, arbitrary: name.map((each) => `${each}/`) },
  { weight: 1, arbitrary: fc.constantFrom(...paths) },
);

const fd = fc.oneof(
  { weight: 6, arbitrary: fc.constant(3) },
  { weight: 12, arbitrary: fc.integer({ min: 4, max: 14 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 }) },
  { weight: 1, arbitrary: fc.constantFrom(-1, 99) },
);
/** Where paths begin: a directory, nearly always. */
const base = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(3, 3, 3, 4, 6) }, { weight: 1, arbitrary: fd });

const fewBytes = fc.bigInt({ min: 0n, max: 300n });
const offset = fc.oneof(
  { weight: 12, arbitrary: fewBytes },
  { weight: 1, arbitrary: fc.constantFrom(-1n, 70_000n, -5n) },
);
const timeNs = fc.constantFrom(0n, 1_000_000_000n, 1_234_567_890_123_456_000n, 2_000_000_000_500_000_000n);

interface Part {
  readonly args: readonly (number | bigint)[];
  readonly bytes?: readonly Placed[];
}

const just = (arbitrary: fc.Arbitrary<number | bigint>): fc.Arbitrary<Part> =>
  arbitrary.map((arg) => ({ args: [arg] }));

/** A list of one buffer with content, maybe behind an empty one: wasmtime uses no more. */
const buffers: fc.Arbitrary<Part> = fc
  .tuple(fc.boolean(), fc.nat({ max: 60 }), fc.nat({ max: 255 }))
  .map(([afterEmpty, length, fill]) => {
    const list: [number, number][] = [...(afterEmpty ? [[BUFFER, 0] as [number, number]] : []), [BUFFER, length]];
    const content = Buffer.from(Array.from({ length }, (_, index) => (fill + index) & 0xff));
    const bytes = [...placeIovecs(list), ...placeText(content, BUFFER).bytes];
    return { args: [IOVECS, list.length], bytes };
  });

function flagsOf(call: FunctionName, parameter: string): fc.Arbitrary<number> {
  if (parameter === 'oflags') {
    return fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(0, 1, 2, 5, 8, 9) },
      { weight: 1, arbitrary: fc.nat({ max: 15 }) },
    );
  }
  if (parameter === 'fst_flags') return fc.nat({ max: 15 });
  if (parameter === 'fdflags' || call === 'fd_fdstat_set_flags') return fc.constantFrom(0, 0, 0, 0, 0, 1, 4, 5, 2, 16);
  return fc.constantFrom(0, 1);
}

function wordOf(call: FunctionName, parameter: string): fc.Arbitrary<number | bigint> {
  if (parameter.startsWith('rights'))
    return fc.constantFrom(FD_READ, FD_READ | FD_WRITE, FD_READ | FD_WRITE, FD_WRITE, 0n);
  if (parameter === 'atim' || parameter === 'mtim') return timeNs;
  if (parameter === 'cookie') return fc.constant(0n);
  return call === 'fd_seek' ? fc.oneof(fewBytes, fc.bigInt({ min: -20n, max: 20n })) : offset;
}

/** The arguments from parameter `index` on that belong together, and how many these are. */
function partOf(
  call: FunctionName,
  index: number,
  textCount: number,
): readonly [count: number, part: fc.Arbitrary<Part>] {
  const [parameter, kind] = parametersOf(call)[index]!;
  switch (kind) {
    case 'fd':
      return [1, just(call.startsWith('path_') ? base : fd)];
    case 'text':
      return [2, path.map((text) => placeText(text, textCount === 0 ? FIRST_TEXT : SECOND_TEXT))];
    case 'flags':
      return [1, just(flagsOf(call, parameter))];
    case 'i64':
    case 'u64':
      return [1, just(wordOf(call, parameter))];
    case 'result':
      return [1, just(fc.constant(index % 2 === 0 ? RESULT : SECOND_RESULT))];
    case 'pointer':
      if (parameter === 'iovs') return [2, buffers];
      return [2, fc.tuple(fc.constant(BUFFER), fc.constantFrom(512, 4096)).map((args) => ({ args }))];
    default:
      return [1, just(fc.nat({ max: parameter === 'whence' ? 2 : 5 }))];
  }
}

function partsOf(call: FunctionName): fc.Arbitrary<Part>[] {
  const parts: fc.Arbitrary<Part>[] = [];
  const parameters = parametersOf(call);
  let textCount = 0;
  for (let index = 0; index < parameters.length; ) {
    const [count, part] = partOf(call, index, textCount);
    if (parameters[index]![1] === 'text') textCount++;
    parts.push(part);
    index += count;
  }
  return parts;
}

const badPointers = [MEMORY_BYTES, MEMORY_BYTES - 2, RESULT + 1, RESULT + 2, -1];

/** Now and then a result has nowhere to go, which ends the sequence. */
function stepOf(call: FunctionName): fc.Arbitrary<Step> {
  const bad = fc.oneof(
    { weight: 60, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(...badPointers) },
  );
  return fc.tuple(fc.tuple(...partsOf(call)), bad).map(([parts, badPointer]) => {
    const kinds = parametersOf(call).map(([, kind]) => kind);
    const args = parts.flatMap((part) => part.args);
    return {
      call,
      args: args.map((arg, index) => (kinds[index] === 'result' && badPointer !== undefined ? badPointer : arg)),
      bytes: parts.flatMap((part) => part.bytes ?? []),
    };
  });
}

const step = fc.oneof(
  ...Object.entries(weights).map(([call, weight]) => ({ weight, arbitrary: stepOf(call as FunctionName) })),
);

/** Sequences of up to `maxLength` calls, behind those that open what `Fd` names. */
export function randomSequence(maxLength: number): fc.Arbitrary<Sequence> {
  return fc.array(step, { minLength: 1, maxLength, size: 'max' }).map((steps) => ({
    name: RANDOM_NAME,
    stdin: 'standard input',
    steps: [...prelude, ...steps],
  }));
}
