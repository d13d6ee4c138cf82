/** Memories and modules that agents share: hand-over, growth that others see, growth by several at once. */
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { type InstructionRow, instructions } from '../syntax/index.ts';
import {
  type CompileOptions,
  compile,
  type Imports,
  instantiate,
  loopNames,
  Memory,
  Module,
  restoreSnapshot,
  Store,
  type StoreOptions,
  saveSnapshot,
} from './index.ts';

const PAGE_BYTES = 65536;

/** Another agent's view of a memory; here in the same one, which makes no difference to it. */
const other = (memory: Memory) => Memory.fromShared(structuredClone(memory.share()));

describe('B1.3: a memory that is shared', () => {
  test('has the same bytes and size for both', () => {
    const memory = new Memory({ initial: 1, maximum: 10, shared: true });
    const twin = other(memory);
    memory.bytes[5] = 7;
    expect(twin.bytes[5]).toBe(7);
    expect(twin.grow(2)).toBe(1);
    expect([memory.pageCount, memory.byteLength, memory.bytes.length]).toEqual([3, 3 * PAGE_BYTES, 3 * PAGE_BYTES]);
    expect(memory.range(3 * PAGE_BYTES - 1, 1)[0]).toBe(0);
    expect(memory.grow(0)).toBe(3);
  });

  test('keeps its type', () => {
    const memory = new Memory({ initial: 1, maximum: 3, shared: true, address: 'i64', pageBytes: 1 });
    expect(other(memory).entry.type).toEqual(memory.entry.type);
    expect(other(memory).grow(2)).toBe(1);
    expect(memory.byteLength).toBe(3);
    expect(memory.grow(1)).toBe(-1);
  });

  test.each([
    ['4 GiB', 65536, 'i32'],
    ['more than there can be', 2 ** 40, 'i64'],
  ] as const)('reserves no pages for a maximum of %s', (_, maximum, address) => {
    const memory = new Memory({ initial: 0, maximum, shared: true, address });
    expect(memory.grow(65536)).toBe(0);
    expect(memory.byteLength).toBe(2 ** 32);
    expect(memory.grow(1)).toBe(-1);
    expect(memory.bytes[2 ** 32 - 1]).toBe(0);
  });

  test.each([[undefined], [{}], [{ type: { shared: true }, buffer: new ArrayBuffer(1) }]])(
    'is not made of %j',
    (given) => {
      expect(() => Memory.fromShared(given as never)).toThrow('expected what share() of a shared memory gave');
    },
  );

  test('that is not shared has nothing to hand over', () => {
    expect(() => new Memory({ initial: 1 }).share()).toThrow('the memory is not shared');
  });

  test.each([
    [{ initial: 1, address: 'i31' as never }, 'address must be i32 or i64, not i31'],
    [{ initial: 1, pageBytes: 2 }, 'pageBytes must be 1 or 65536, not 2'],
  ])('refuses %j', (descriptor, message) => {
    expect(() => new Memory(descriptor)).toThrow(message);
  });
});

/** As on a host whose shared buffers do not grow. */
function withoutGrowth<T>(act: () => T): T {
  const { prototype } = SharedArrayBuffer;
  const grow = Object.getOwnPropertyDescriptor(prototype, 'grow')!;
  Reflect.deleteProperty(prototype, 'grow');
  try {
    return act();
  } finally {
    Object.defineProperty(prototype, 'grow', grow);
  }
}

describe('B1.3: where shared buffers do not grow', () => {
  test('the room is there from the beginning, and a word tells the size', () => {
    withoutGrowth(() => {
      const memory = new Memory({ initial: 1, maximum: 4, shared: true });
      expect(memory.buffer.byteLength).toBe(4 * PAGE_BYTES);
      expect([memory.byteLength, memory.bytes.length]).toEqual([PAGE_BYTES, PAGE_BYTES]);
      const twin = other(memory);
      expect([twin.grow(2), memory.pageCount, memory.grow(2), memory.grow(1), twin.pageCount]).toEqual([
        1, 3, -1, 3, 4,
      ]);
    });
  });

  test('a smaller room is taken when the host refuses a great one', () => {
    const original = SharedArrayBuffer as new (byteLength: number, options?: object) => SharedArrayBuffer;
    class StingyBuffer extends original {
      constructor(byteLength: number, options?: { maxByteLength: number }) {
        if ((options?.maxByteLength ?? byteLength) > 8 * PAGE_BYTES) throw new RangeError('no');
        super(byteLength, options);
      }
    }
    globalThis.SharedArrayBuffer = StingyBuffer as never;
    try {
      const memory = new Memory({ initial: 1, maximum: 30, shared: true });
      expect([memory.grow(6), memory.grow(1)]).toEqual([1, -1]);
      expect(() => new Memory({ initial: 9, maximum: 30, shared: true })).toThrow('memory limit exceeded');
    } finally {
      globalThis.SharedArrayBuffer = original as never;
    }
  });
});

/** Accesses by name, each as text that reads or writes at local 0, and how many bytes it needs. */
function accesses(): [name: string, text: string, accessBytes: number][] {
  const rows = (instructions as readonly InstructionRow[]).filter(
    ({ imm, name }) => (imm === 'memarg' || imm === 'memarg_laneidx') && !/wait|notify/.test(name),
  );
  const zero: Record<string, string> = { v128: '(v128.const i64x2 0 0)' };
  const single = rows.map(({ name, sig, imm, accessBytes }): [string, string, number] => {
    const [operands = '', results = ''] = (sig ?? '').split(' -> ');
    const [, ...others] = operands.slice(1, -1).split(' ');
    const values = others.map((type) => zero[type] ?? `(${type}.const 0)`).join(' ');
    const call = `(${name}${imm === 'memarg_laneidx' ? ' 0' : ''} (local.get 0) ${values})`;
    return [name, results === '[]' ? call : `(drop ${call})`, accessBytes!];
  });
  return [
    ...single,
    ['memory.atomic.notify', '(drop (memory.atomic.notify (local.get 0) (i32.const 1)))', 4],
    ['memory.atomic.wait32', '(drop (memory.atomic.wait32 (local.get 0) (i32.const 1) (i64.const 0)))', 4],
    ['memory.atomic.wait64', '(drop (memory.atomic.wait64 (local.get 0) (i64.const 1) (i64.const 0)))', 8],
    ['memory.fill', '(memory.fill (local.get 0) (i32.const 0) (i32.const 8))', 8],
    ['memory.copy to', '(memory.copy (local.get 0) (i32.const 0) (i32.const 8))', 8],
    ['memory.copy from', '(memory.copy (i32.const 0) (local.get 0) (i32.const 8))', 8],
    ['memory.init', '(memory.init 0 (local.get 0) (i32.const 0) (i32.const 8))', 8],
    ['i32.store of a constant', '(i32.store (local.get 0) (i32.const 7))', 4],
  ];
}

type Run = readonly [name: string, CompileOptions, StoreOptions];
const runs: readonly Run[] = [
  ...loopNames.map((loop): Run => [`fast code, the loop ${loop}`, {}, { loop }]),
  ['clear code', { lowering: 'clear' }, {}],
];

describe.each(runs)('B1.3: growth by another agent is seen, in %s, by', (_, compileOptions, storeOptions) => {
  test.each(accesses())('%s', (_name, text, accessBytes) => {
    const wat = `(module (import "" "m" (memory 1 4 shared)) (data "datadata")
      (func (export "run") (param i32) ${text})
      (func (export "size") (result i32) (memory.size)))`;
    const memory = new Memory({ initial: 1, maximum: 4, shared: true });
    const imports: Imports = { '': { m: memory } };
    const store = new Store(storeOptions);
    const instance = instantiate(compile(wat, compileOptions), imports, { store });
    const last = 3 * PAGE_BYTES - accessBytes;
    expect(() => instance.call('run', last)).toThrow('out of bounds memory access');
    other(memory).grow(2);
    instance.call('run', last);
    expect(() => instance.call('run', last + accessBytes)).toThrow('out of bounds memory access');
    expect(instance.call('size')).toBe(3);
  });

  test('memory.size', () => {
    const wat = `(module (import "" "m" (memory 1 4 shared)) (import "" "grow" (func $grow))
      (func (export "run") (result i32 i32) (memory.size) (call $grow) (memory.size)))`;
    const memory = new Memory({ initial: 1, maximum: 4, shared: true });
    const grow = () => void other(memory).grow(2);
    const store = new Store(storeOptions);
    const instance = instantiate(compile(wat, compileOptions), { '': { m: memory, grow } }, { store });
    expect(instance.call('run')).toEqual([1, 3]);
  });
});

test.each([
  ['in place', () => new Memory({ initial: 1, maximum: 4000, shared: true })],
  ['by a word', () => withoutGrowth(() => new Memory({ initial: 1, maximum: 4000, shared: true }))],
])('B1.3: agents that grow at the same time, %s, get different pages, and all of them', async (_, newMemory) => {
  const source = buildSync({
    stdin: {
      contents: `import { parentPort, workerData as data } from 'node:worker_threads';
        import { compile, instantiate, Memory, Module } from './index.ts';
        const memory = Memory.fromShared(data.memory);
        const instance = instantiate(Module.fromShared(data.module), { '': { m: memory } });
        parentPort.postMessage(instance.call('run', data.rounds));`,
      resolveDir: import.meta.dirname,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
  }).outputFiles[0]!.text;
  // Each page that growth gives is marked by who got it: it must be unmarked, and be there.
  const module = compile(
    new Uint8Array(
      compile(`(module (import "" "m" (memory 1 4000 shared))
        (func (export "run") (param $rounds i32) (result i32) (local $got i32) (local $wrong i32)
          (loop $next
            (local.set $got (i32.mul (memory.grow (i32.const 1)) (i32.const 65536)))
            (local.set $wrong (i32.add (local.get $wrong) (i32.atomic.rmw.add (local.get $got) (i32.const 1))))
            (br_if $next (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
          (local.get $wrong)))`).bytes,
    ),
  );
  const memory = newMemory();
  const [agents, rounds] = [4, 300];
  const ends = Array.from({ length: agents }, () => {
    const worker = new Worker(source, {
      eval: true,
      workerData: { memory: memory.share(), module: module.share(), rounds },
    });
    return new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  });
  expect(await Promise.all(ends)).toEqual(Array(agents).fill(0));
  expect(memory.pageCount).toBe(1 + agents * rounds);
  const marks = Array.from({ length: memory.pageCount }, (_, page) => memory.bytes[page * PAGE_BYTES]);
  expect(marks).toEqual([0, ...Array(agents * rounds).fill(1)]);
});

test('B1.3: a snapshot has what another agent has added', () => {
  const module = compile('(module (memory (export "m") 1 4 shared))');
  const instance = instantiate(module);
  const twin = other(instance.exports.m as Memory);
  twin.grow(1);
  twin.bytes[PAGE_BYTES] = 9;
  const restored = restoreSnapshot(saveSnapshot(instance)).instances[0]!;
  const memory = restored.exports.m as Memory;
  expect([memory.shared, memory.pageCount, memory.bytes[PAGE_BYTES]]).toEqual([true, 2, 9]);
  expect([memory.grow(2), memory.grow(1)]).toEqual([2, -1]);
});

describe('B1.2: a module that is shared', () => {
  test('runs as it does here, without being decoded again', () => {
    const module = compile(
      '(module $named (memory 1) (data (i32.const 0) "ab") (func (export "f") (result i32) (i32.load8_u (i32.const 1))))',
    );
    const shared = structuredClone(module.share());
    const twin = Module.fromShared(shared);
    expect(twin.bytes.buffer).toBe(shared.bytes);
    expect(twin.exports()).toEqual(module.exports());
    expect(instantiate(twin).call('f')).toBe('b'.charCodeAt(0));
    expect(module.share()).toBe(module.share());
    expect(twin.share()).toEqual(shared);
    expect(twin.share().bytes).toBe(shared.bytes);
  });

  test('keeps its lowering', () => {
    expect(Module.fromShared(compile('(module)', { lowering: 'clear' }).share()).code.lowering).toBe('clear');
  });

  test.each([
    [undefined, 'expected what share() of a module gave'],
    [{ ...compile('(module)').share(), version: '0' }, 'the module was shared by Glassbox 0, this is source'],
  ])('is not made of %j', (given, message) => {
    expect(() => Module.fromShared(given as never)).toThrow(message);
  });
});
