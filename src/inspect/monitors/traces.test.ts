/** Traces as a reader sees them, the heat map against what instructions touch, and requests that make no sense. */
import { describe, expect, it } from 'vitest';
import { compile, type Imports, inspect, instantiate, Memory } from '../../api/index.ts';
import { HostExit } from '../../syntax/index.ts';
import { attachMonitors } from './attach.ts';
import { HeatCounter, watchMemory } from './heat.ts';
import { parseMonitor } from './parse.ts';
import { probingOf } from './probing.ts';
import { monitorHelp, monitorKinds } from './table.ts';

const nowhere = { write: () => undefined, writeBeside: () => '' };

function report(
  request: string,
  source: string,
  imports: Imports = {},
  calls: readonly unknown[][] = [['main']],
): string {
  let text = '';
  const output = {
    ...nowhere,
    write: (part: string) => {
      text += part;
    },
  };
  let finish = () => {};
  const instance = instantiate(compile(source), imports, {
    beforeStart(entry) {
      const session = inspect(entry);
      const monitors = attachMonitors(session, entry.entry, [{ request, output }], { title: 't', clock: () => 0 });
      finish = () => {
        monitors.finish();
        session.close();
      };
    },
  });
  for (const call of calls) {
    try {
      instance.call(...(call as [string]));
    } catch {
      // How it ends shows in the report.
    }
  }
  finish();
  return text;
}

const exit = {
  m: {
    exit: (code: number) => {
      throw new HostExit(code);
    },
    ask: (a: number, b: bigint) => Number(b) * a,
  },
};

describe('calls', () => {
  const source = `(module
    (import "m" "exit" (func $exit (param i32)))
    (import "m" "ask" (func $ask (param f64 i64) (result f32)))
    (tag $t)
    (func $leaf (param i32) (result i32 i64) (local.get 0) (i64.const -1))
    (func $throw (throw $t))
    (func $deep (call $throw))
    (func $tail (param i32) (result i32) (return_call $last (local.get 0)))
    (func $last (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func (export "main") (result i32)
      (call $leaf (i32.const 5)) (drop) (drop)
      (drop (call $ask (f64.const 1.5) (i64.const 2)))
      (block $h (try_table (catch_all $h) (call $deep)))
      (call $tail (i32.const 1)))
    (func (export "quit") (call $exit (i32.const 3)))
    (func (export "trap") (unreachable)))`;

  it('as an indented tree', () => {
    expect(report('calls', source, exit, [['main'], ['quit'], ['trap']]).split('\n')).toEqual([
      '           0  main()',
      '           2    leaf(5)',
      '           4    leaf = 5, -1',
      '           9    ask(1.5, 2)',
      '           9    ask = 3',
      '          13    deep()',
      '          14      throw()',
      '          15      throw was unwound',
      '          15    deep was unwound',
      '          17    tail(1)',
      '          19    tail ended',
      '          19    last(1)',
      '          22    last = 2',
      '          22  main = 2',
      '          22  quit()',
      '          24    exit(3)',
      '          24  quit ended',
      '          24  trap()',
      '          25  trap ended',
      '',
    ]);
  });

  it('as JSON lines', () => {
    const lines = report('calls:format=jsonl,limit=3', source, exit).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { event: 'call', depth: 0, count: 0, funcidx: 7, name: 'main', arguments: [] },
      { event: 'call', depth: 1, count: 2, funcidx: 2, name: 'leaf', arguments: ['5'] },
      { event: 'return', depth: 1, count: 4, funcidx: 2, name: 'leaf', results: ['5', '-1'] },
    ]);
  });

  it('of one function, and no more than wanted', () => {
    expect(report('calls:func=$leaf', source, exit).trim().split('\n')).toHaveLength(2);
    expect(report('calls:func=ask', source, exit)).toContain('ask(');
    expect(report('calls:limit=1', source, exit)).toBe(
      '           0  main()\nthe trace ends here, after 1 lines: limit=N\n',
    );
  });

  it('sees the start function', () => {
    expect(report('calls', '(func $s) (start $s)', {}, [])).toBe('           0  s()\n           0  s returned\n');
  });
});

describe('instructions', () => {
  const source = `(module
    (import "m" "ask" (func $ask (param f64 i64) (result f32)))
    (memory 1)
    (func $f (param $x i32) (result i32)
      (i32.store offset=4 (i32.const 8) (local.get $x))
      (block $b (br_if $b (local.get $x)) (nop))
      (i64.extend_i32_s (local.get $x)) (drop)
      (drop (call $ask (f64.const 1) (i64.const 3)))
      (v128.const i32x4 1 2 3 4) (drop)
      (ref.null func) (drop)
      (i32.load offset=4 (i32.const 8)))
    (func (export "main") (drop (call $f (i32.const -7))) (unreachable)))`;

  it('one a line, with operands and results', () => {
    const lines = report('instructions', source, exit).trimEnd().split('\n');
    const shown = lines.map((line) => line.replace(/ +/g, ' ').trim());
    expect(shown).toEqual([
      expect.stringMatching(/^0 main 0x\w+ i32.const -7 -> -7$/),
      expect.stringMatching(/^1 main 0x\w+ call \$f -7$/),
      expect.stringMatching(/^2 f 0x\w+ i32.const 8 -> 8$/),
      expect.stringMatching(/^3 f 0x\w+ local.get \$x -> -7$/),
      expect.stringMatching(/^4 f 0x\w+ i32.store offset=4 8 -7$/),
      expect.stringMatching(/^5 f 0x\w+ block$/),
      expect.stringMatching(/^6 f 0x\w+ local.get \$x -> -7$/),
      expect.stringMatching(/^7 f 0x\w+ br_if \$b -7$/),
      expect.stringMatching(/^8 f 0x\w+ local.get \$x -> -7$/),
      expect.stringMatching(/^9 f 0x\w+ i64.extend_i32_s -7 -> -7$/),
      expect.stringMatching(/^10 f 0x\w+ drop -7$/),
      expect.stringMatching(/^11 f 0x\w+ f64.const 1 -> 1$/),
      expect.stringMatching(/^12 f 0x\w+ i64.const 3 -> 3$/),
      expect.stringMatching(/^13 f 0x\w+ call \$ask 1 3 -> 3$/),
      expect.stringMatching(/^14 f 0x\w+ drop 3$/),
      expect.stringMatching(/^15 f 0x\w+ v128.const i32x4 .* -> i32x4 0x00000001 0x00000002 0x00000003 0x00000004$/),
      expect.stringMatching(/^16 f 0x\w+ drop i32x4 .*$/),
      expect.stringMatching(/^17 f 0x\w+ ref.null func -> null$/),
      expect.stringMatching(/^18 f 0x\w+ drop null$/),
      expect.stringMatching(/^19 f 0x\w+ i32.const 8 -> 8$/),
      expect.stringMatching(/^20 f 0x\w+ i32.load offset=4 8 -> -7$/),
      expect.stringMatching(/^21 main 0x\w+ drop -7$/),
      expect.stringMatching(/^22 main 0x\w+ unreachable$/),
    ]);
  });

  it('as JSON lines', () => {
    const [, , , , store] = report('instructions:format=jsonl', source, exit).split('\n');
    expect(JSON.parse(store!)).toMatchObject({
      count: 4,
      funcidx: 1,
      name: 'f',
      instruction: 'i32.store offset=4',
      operands: ['8', '-7'],
      results: [],
    });
  });
});

describe('heat', () => {
  const source = `(module
    (import "m" "shared" (memory $m 1 4)) (memory $far i64 1) (data $d "abcdefgh")
    (func $touch (param i32)
      (i32.store8 (local.get 0) (i32.const 1))
      (drop (i64.load offset=5 (local.get 0)))
      (v128.store (local.get 0) (v128.const i64x2 1 2))
      (drop (v128.load8_lane 3 (local.get 0) (v128.const i64x2 1 2)))
      (drop (i32.atomic.rmw.add (i32.const 64) (local.get 0)))
      (memory.fill (local.get 0) (i32.const 7) (i32.const 40))
      (memory.fill (local.get 0) (i32.const 7) (i32.const 0))
      (memory.copy (i32.const 100) (local.get 0) (i32.const 20))
      (memory.copy $far $m (i64.const 3) (local.get 0) (i32.const 20))
      (memory.init $d (local.get 0) (i32.const 0) (i32.const 8))
      (i64.store $far offset=8 (i64.const 16) (i64.const 9)))
    (func (export "main") (call $touch (i32.const 0)) (call $touch (i32.const 250))
      (drop (memory.grow (i32.const 1))) (call $touch (i32.const 70000)) (call $touch (i32.const 131062))))`;

  it('is what the instructions touch', () => {
    const seen = [0, 1].map(() => ({ reads: {} as Record<number, number>, writes: {} as Record<number, number> }));
    const SIZE = 16;
    const imports = () => ({ m: { shared: new Memory({ initial: 1, maximum: 4 }) } });
    const watched = instantiate(compile(source), imports());
    const session = inspect(watched);
    session.addProbe('*', {
      before: ({ memoryAccesses }) => {
        const isInside = memoryAccesses.every((each) => each.byteOffset + each.byteLength <= each.memory.byteLength);
        for (const { memory, byteOffset, byteLength, isWrite } of isInside ? memoryAccesses : []) {
          const counts = seen[watched.entry.memories.indexOf(memory)]![isWrite ? 'writes' : 'reads'];
          const blocks = new Set(Array.from({ length: byteLength }, (_, i) => Math.floor((byteOffset + i) / SIZE)));
          for (const block of blocks) counts[block] = (counts[block] ?? 0) + 1;
        }
      },
    });
    expect(() => watched.call('main')).toThrow('out of bounds');
    session.close();

    const counted = instantiate(compile(source), imports());
    const counting = inspect(counted);
    const counters = counted.entry.memories.map((memory) => new HeatCounter(memory, Math.log2(SIZE)));
    watchMemory(probingOf(counting, counted.entry), counters);
    expect(() => counted.call('main')).toThrow('out of bounds');
    const touched = (counts: Float64Array) =>
      Object.fromEntries([...counts.entries()].filter(([, count]) => count > 0));
    const found = counters.map((counter, i) => counter.heat(i));
    expect(found.map(({ reads, writes }) => ({ reads: touched(reads), writes: touched(writes) }))).toEqual(seen);
    expect(Object.keys(seen[0]!.writes).length).toBeGreaterThan(10);
    counting.close();
  });
});

describe('time', () => {
  it('weighs a profile', () => {
    let now = 0;
    const imports = {
      m: {
        wait: (ms: number) => {
          now += ms;
        },
      },
    };
    const instance = instantiate(
      compile(`(import "m" "wait" (func $wait (param i32)))
        (func $slow (call $wait (i32.const 30)))
        (func (export "main") (call $wait (i32.const 5)) (call $slow) (nop) (call $wait (i32.const 5)))`),
      imports,
    );
    let text = '';
    const output = {
      ...nowhere,
      write: (part: string) => {
        text += part;
      },
    };
    const session = inspect(instance);
    const order = { request: 'profile:by=time', output };
    const monitors = attachMonitors(session, instance.entry, [order], { clock: () => now });
    instance.call('main');
    monitors.finish();
    expect(text.split('\n').map((line) => line.replace(/ +/g, ' ').trim())).toEqual([
      '40.0 ms',
      'total self calls function',
      '40.0 100.0 % 10.0 1 main',
      '30.0 75.0 % 30.0 1 slow',
      '',
    ]);
    expect(() => attachMonitors(session, instance.entry, [order])).toThrow('a profile by time needs a clock');
    session.close();
  });
});

describe('requests', () => {
  it.each([
    ['nothing', 'there is no monitor'],
    ['calls:nothing=1', "monitor 'calls' has no option 'nothing'; it has limit, func, format, out"],
    ['calls:limit=many', "'limit' is a whole number from 0, not 'many'"],
    ['heatmap:block=40', "'block' is a whole number from 2 to 24"],
    ['opcodes:pairs=maybe', "'pairs' is yes or no"],
    ['profile:by=weight', "'by' is instructions or time"],
    ['profile:format=pdf', "monitor 'profile' has no format 'pdf'; it has text, speedscope, cpuprofile"],
    ['coverage:format=lcov', 'format lcov needs out=FILE'],
    ['coverage:out=', 'write out=FILE'],
    ['', 'there is no monitor'],
    ['calls:', "has no option ''"],
  ])('%s', (text, message) => {
    expect(() => parseMonitor(text)).toThrow(message);
  });

  it.each(['calls:func=nobody', 'instructions:func=99'])('%s names no function', (request) => {
    const instance = instantiate(compile('(module (func $f (export "main")))'));
    const session = inspect(instance);
    const order = { request, output: { write: () => undefined, writeBeside: () => '' } };
    expect(() => attachMonitors(session, instance.entry, [order])).toThrow(/there is no function '(nobody|99)'/);
    session.close();
  });

  it('are read', () => {
    const { kind, options, format, out } = parseMonitor('profile:by=time,format=speedscope,out=a=b.json');
    expect([kind.name, options.text('by'), options.number('limit'), format.name, out]).toEqual([
      'profile',
      'time',
      100,
      'speedscope',
      'a=b.json',
    ]);
  });

  it('have help', () => {
    for (const { name, summary } of monitorKinds) expect(monitorHelp()).toContain(`${name.padEnd(14)}${summary}`);
  });

  it('look at an instance of the session', () => {
    const instance = instantiate(compile('(module)'));
    const other = instantiate(compile('(module)'));
    const session = inspect(instance);
    const order = { request: 'calls', output: nowhere };
    expect(() => attachMonitors(session, other.entry, [order])).toThrow('does not look at this instance');
    session.close();
  });
});

describe('when they have finished', () => {
  it('nothing of them is left in the code', () => {
    const instance = instantiate(compile('(func $f (nop)) (func (export "main") (call $f) (nop))'));
    const session = inspect(instance);
    let written = 0;
    const output = {
      ...nowhere,
      write: () => {
        written++;
      },
    };
    const orders = monitorKinds.map(({ name }) => ({ request: name, output }));
    const monitors = attachMonitors(session, instance.entry, orders, { clock: () => 0 });
    instance.call('main');
    monitors.finish();
    const before = written;
    instance.call('main');
    expect(written).toBe(before);
    session.close();
    instance.call('main');
  });
});
