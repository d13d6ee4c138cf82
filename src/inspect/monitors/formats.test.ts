/** The formats that other tools read, against their schemas as far as we write them, and against what they hold. */
import { describe, expect, it } from 'vitest';
import { compile, inspect, instantiate } from '../../api/index.ts';
import { attachMonitors } from './attach.ts';
import { CallTree } from './call-tree.ts';
import { cpuProfile } from './cpuprofile.ts';
import { heatmapFile, heatmapSvg, heatmapText } from './heatmap-format.ts';
import { escapeHtml } from './html.ts';
import { lcovText } from './lcov.ts';
import { speedscopeFile } from './speedscope.ts';
import { tableText } from './text-table.ts';
import { treeText } from './tree-text.ts';

const nameOf = (funcidx: number) => `f${funcidx}`;

/** 0 (5) calls 1 (3) twice, which calls 2 (2); 0 calls 2 (1). */
function exampleTree(): CallTree {
  const tree = new CallTree();
  const a = tree.child(0, 0);
  const b = tree.child(a, 1);
  const c = tree.child(b, 2);
  const d = tree.child(a, 2);
  tree.selfs.splice(0, 5, 0, 5, 3, 2, 1);
  tree.callCounts.splice(0, 5, 0, 1, 2, 2, 1);
  expect([a, b, c, d, tree.child(a, 1)]).toEqual([1, 2, 3, 4, 2]);
  return tree;
}

describe('speedscope', () => {
  it('opens and closes frames in order, as long as they weigh', () => {
    const file = speedscopeFile(exampleTree(), 'app', 'none', nameOf);
    expect(file.$schema).toBe('https://www.speedscope.app/file-format-schema.json');
    expect(file.shared.frames).toEqual([{ name: 'f0' }, { name: 'f1' }, { name: 'f2' }]);
    const [profile] = file.profiles;
    expect(profile).toMatchObject({ type: 'evented', name: 'app', unit: 'none', startValue: 0, endValue: 11 });
    expect(profile!.events.map(({ type, frame, at }) => `${type}${frame}@${at}`)).toEqual([
      'O0@0',
      'O1@5',
      'O2@8',
      'C2@10',
      'C1@10',
      'O2@10',
      'C2@11',
      'C0@11',
    ]);
  });

  it('takes space linear in a deep tree', () => {
    const tree = new CallTree();
    let node = 0;
    for (let i = 0; i < 20_000; i++) {
      node = tree.child(node, i % 7);
      tree.selfs[node] = 1;
    }
    const [profile] = speedscopeFile(tree, 'deep', 'none', nameOf).profiles;
    expect(profile!.events.length).toBe(40_000);
    expect(profile!.endValue).toBe(20_000);
    expect(tree.byFunction().get(0)).toMatchObject({ total: 20_000 });
  });
});

describe('cpuprofile', () => {
  it('has nodes by id, samples that last until the next, and hits that add up', () => {
    const profile = cpuProfile(exampleTree(), 'app.wasm', nameOf, (funcidx) => 100 + funcidx, 1);
    expect(
      profile.nodes.map(({ id, callFrame, hitCount, children }) => [id, callFrame.functionName, hitCount, children]),
    ).toEqual([
      [1, '(root)', 0, [2]],
      [2, 'f0', 5, [3, 5]],
      [3, 'f1', 3, [4]],
      [4, 'f2', 2, []],
      [5, 'f2', 1, []],
    ]);
    expect(profile.nodes[2]!.callFrame).toEqual({
      functionName: 'f1',
      scriptId: '0',
      url: 'app.wasm',
      lineNumber: 0,
      columnNumber: 101,
    });
    const { startTime, endTime, samples, timeDeltas } = profile;
    expect({ startTime, endTime, samples, timeDeltas }).toEqual({
      startTime: 0,
      endTime: 11,
      samples: [2, 3, 4, 5, 1],
      timeDeltas: [0, 5, 3, 2, 1],
    });
  });

  it('loses nothing to rounding', () => {
    const tree = new CallTree();
    for (let i = 0; i < 1000; i++) tree.selfs[tree.child(0, i)] = 0.0004;
    const profile = cpuProfile(tree, '', nameOf, () => 0, 1000);
    expect(profile.endTime).toBe(400);
    expect(profile.timeDeltas.reduce((sum, delta) => sum + delta, 0)).toBe(400);
    expect(profile.timeDeltas.every(Number.isInteger)).toBe(true);
  });
});

describe('text tree', () => {
  it('shows the heaviest first and leaves out the light', () => {
    expect(treeText(exampleTree(), 'instructions', { nameOf, minShare: 0, limit: 10 })).toBe(
      [
        '11 instructions',
        'total           self  calls  function',
        '   11  100.0 %     5      1  f0',
        '    5   45.5 %     3      2    f1',
        '    2   18.2 %     2      2      f2',
        '    1    9.1 %     1      1    f2',
        '',
      ].join('\n'),
    );
    const short = treeText(exampleTree(), 'instructions', { nameOf, minShare: 0.15, limit: 2 });
    expect(short).toContain('2 lighter calls are not shown');
    expect(short.split('\n')).toHaveLength(6);
  });
});

describe('lcov', () => {
  it('has a record for each line, branch and function', () => {
    const text = lcovText({
      path: '/a.wat',
      functions: [
        { line: 2, name: 'f,\n', count: 3 },
        { line: 9, name: 'g', count: 0 },
      ],
      lines: [
        { line: 3, count: 3 },
        { line: 10, count: 0 },
      ],
      branches: [
        { line: 3, counts: [3, 0], isReached: true },
        { line: 10, counts: [0, 0], isReached: false },
      ],
    });
    expect(text.split('\n')).toEqual([
      'TN:',
      'SF:/a.wat',
      'FN:2,f__',
      'FN:9,g',
      'FNDA:3,f__',
      'FNDA:0,g',
      'FNF:2',
      'FNH:1',
      'BRDA:3,0,0,3',
      'BRDA:3,0,1,0',
      'BRDA:10,0,0,-',
      'BRDA:10,0,1,-',
      'BRF:4',
      'BRH:1',
      'DA:3,3',
      'DA:10,0',
      'LF:2',
      'LH:1',
      'end_of_record',
      '',
    ]);
  });
});

describe('heat map', () => {
  const heat = {
    memidx: 0,
    blockByteLength: 16,
    byteLength: 65_536,
    reads: Float64Array.of(0, 4, 0, 1),
    writes: Float64Array.of(0, 0, 0, 7),
  };

  it('as text, in the order of memory', () => {
    expect(heatmapText([heat], 10)).toBe(
      [
        'memory 0: 2 of 4,096 blocks of 16 bytes touched',
        'block  reads  writes',
        ' 0x10      4       0  ###############',
        ' 0x30      1       7  ##############################',
        '',
      ].join('\n'),
    );
    expect(heatmapText([heat], 1)).toMatch(/the hottest 1 are shown\n.*\n 0x30/);
  });

  it('as JSON', () => {
    expect(heatmapFile([heat]).memories).toEqual([
      {
        memory: 0,
        byteLength: 65_536,
        blockByteLength: 16,
        blocks: [
          { byteOffset: 16, reads: 4, writes: 0 },
          { byteOffset: 48, reads: 1, writes: 7 },
        ],
      },
    ]);
  });

  it('as a picture of bounded size', () => {
    const svg = heatmapSvg(heat);
    expect(svg).toContain('viewBox="0 0 768 768"');
    expect(svg).toContain('<title>0x30: 1 reads, 7 writes</title>');
    const huge = {
      ...heat,
      byteLength: 2 ** 32,
      reads: new Float64Array(2 ** 17).fill(1),
      writes: new Float64Array(2 ** 17),
    };
    expect(heatmapSvg(huge).match(/<rect/g)!.length).toBeLessThanOrEqual(64 * 256 + 1);
  });
});

describe('text', () => {
  it('stands in columns', () => {
    expect(
      tableText(
        ['n', 'name'],
        ['right', 'left'],
        [
          ['10', 'a'],
          ['5', 'bc'],
        ],
      ),
    ).toBe(' n  name\n10  a\n 5  bc\n');
  });

  it('of a guest is harmless in HTML', () => {
    expect(escapeHtml(`<a b="c" d='e'>&`)).toBe('&#60;a b=&#34;c&#34; d=&#39;e&#39;&#62;&#38;');
  });
});

/** A module whose names try to break out of every format. */
const hostile = `(module (@name "<script>")
  (func $f (@name "</code><script>alert(1)</script>\\u{1b}[31m\\n,") (param i32)
    (if (local.get 0) (then (nop)) (else (unreachable))))
  (func (export "main") (call $f (i32.const 1))))`;

function reports(source: string, ...requests: readonly string[]): { out: string[]; beside: Record<string, string> } {
  const instance = instantiate(compile(source));
  const session = inspect(instance);
  const out = requests.map(() => '');
  const beside: Record<string, string> = {};
  const orders = requests.map((request, i) => ({
    request,
    output: {
      write: (text: string) => {
        out[i] += text;
      },
      writeBeside: (extension: string, text: string) => {
        beside[extension] = text;
        return `/there/x.${extension}`;
      },
    },
  }));
  const monitors = attachMonitors(session, instance.entry, orders, { title: 'a <b>', clock: () => 0 });
  instance.call('main');
  monitors.finish();
  session.close();
  return { out, beside };
}

describe('reports of a module with hostile names', () => {
  it('HTML', () => {
    const { out } = reports(hostile, 'coverage:format=html,out=x', 'heatmap:format=html,out=x');
    for (const page of out) {
      expect(page).toMatch(/^<!doctype html>/);
      expect(page).not.toMatch(/<script/i);
      expect(page).toContain('a &#60;b&#62;');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(page).not.toMatch(/\u001b/);
    }
    expect(out[0]).toContain('never false');
  });

  it('lcov and text', () => {
    const { out, beside } = reports(
      hostile,
      'coverage:format=lcov,out=x',
      'coverage',
      'hotness',
      'profile',
      'opcodes',
      'calls',
    );
    const [lcov, ...texts] = out as [string, ...string[]];
    expect(lcov).toContain('SF:/there/x.wat');
    const wat = beside.wat!.split('\n');
    const lines = [...lcov.matchAll(/^DA:(\d+),(\d+)$/gm)].map(([, line, count]) => [
      wat[Number(line) - 1]!.trim(),
      count,
    ]);
    expect(lines).toEqual([
      ['local.get 0', '1'],
      ['if (;@1;)', '1'],
      ['nop', '1'],
      ['unreachable', '0'],
      ['i32.const 1', '1'],
      [expect.stringMatching(/^call .*\)$/), '1'],
    ]);
    expect(lcov.match(/^FN:/gm)).toHaveLength(2);
    for (const text of texts) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    }
  });
});
