/** Faults in memories, tables, globals and segments. */
import { A, B, C, cold, type Fault, fault, file, loop } from './fault.ts';

const ACCESS = /^(i32|i64|f32|f64|v128)\.(load|store)/;

const accesses: readonly Fault[] = [
  fault('i32.load16_u with a sign', 'v8', /^i32\.load16_u$/, loop(/^i32\.load16_u$/, 'getUint16', 'getInt16')),
  fault('i64.load8_s without sign', 'v8', /^i64\.load8_s$/, loop(/^i64\.load8_s$/, 'x >> 31', '0')),
  fault(
    'i32.store16 of a constant in the other order',
    'v8',
    /^i(32|64)\.store16$/,
    loop(/^i32\.store16_i$/, 'n.b, true', 'n.b, false'),
  ),
  fault('i64.store stores the low half twice', 'v8', /^[if]64\.store$/, loop(/^i64\.store$/, `I[${B} + 1]`, `I[${B}]`)),
  fault('v128.load swaps two words', 'v8', /^v128\.load$/, loop(/^v128\.load$/, 'ea + 8', 'ea + 12')),
  fault(
    'i32.load8_u reads one byte beyond the end',
    'v8',
    /^i32\.load8_u$/,
    loop(/^i32\.load8_u$/, 'mb - n.d - 1', 'mb - n.d'),
  ),
  fault(
    'i32.load without its offset in the bound',
    'v8',
    /^[if]32\.load$/,
    loop(/^i32\.load$/, 'mb - n.d - 4', 'mb - 4'),
  ),
  fault(
    'an address and its offset wrap',
    'v8',
    ACCESS,
    cold('memory', '(t.I[fp + n.a]! >>> 0) + n.d', '((t.I[fp + n.a]! + n.d) >>> 0)'),
  ),
  fault(
    'an address and a large offset wrap',
    'v8',
    ACCESS,
    file('cold/memory.ts', 'memory.is64) + offset', 'memory.is64) + offset) % 2 ** 32', 'function farHandler').concat(
      file('cold/memory.ts', 'const ea = addressAt', 'const ea = (addressAt', 'function farHandler'),
    ),
  ),
  fault(
    'addresses of 64-bit memories lose their high half',
    'wasmtime',
    /load|store|^memory\.|^table\.|indirect|atomic/,
    cold('memory', 'return is64 ? (I[at + 1]! >>> 0) * 2 ** 32 + lo : lo', 'return lo'),
  ),
  fault(
    'accesses of a second memory take the first',
    'wasmtime',
    ACCESS,
    file('cold/memory.ts', 't.instance.memories[memidx]!', 't.instance.memories[0]!', 'function farHandler'),
  ),
  fault(
    'far i64.load16_s without sign',
    'wasmtime',
    /^i64\.load16_s$/,
    cold('memory', 'writeSigned(I, c, view.getInt16(ea, true))', 'writePair(I, c, view.getInt16(ea, true), 0)'),
  ),
  fault(
    'v128.store16_lane takes even lanes',
    'v8',
    /^v128\.store16_lane$/,
    cold('v128', '>>> ((lane & 1) << 4)', '>>> 0'),
  ),
];

const bulk: readonly Fault[] = [
  fault(
    'memory.fill up to a byte beyond the end does not trap',
    'v8',
    /^memory\.fill$/,
    loop(/^memory\.fill$/, 'x > mb - z', 'x - 1 > mb - z'),
  ),
  fault(
    'memory.copy goes upward where ranges overlap',
    'v8',
    /^memory\.copy$/,
    file('../runtime/memory.ts', 'target <= source', 'length >= 0'),
  ),
  fault('memory.copy does not check its source', 'v8', /^memory\.copy$/, loop(/^memory\.copy$/, ' || y > mb - z', '')),
  fault(
    'memory.copy between memories stays in one',
    'wasmtime',
    /^memory\.copy$/,
    cold('memory', 'const from = t.instance.memories[fromIndex]!', 'const from = t.instance.memories[toIndex]!'),
  ),
  fault(
    'memory.init does not check its source',
    'v8',
    /^memory\.init$/,
    cold('memory', 'if (source + length > data.length) trapOutOfBounds();', ''),
  ),
  fault(
    'data.drop does nothing',
    'v8',
    /^data\.drop$/,
    cold('memory', 't.instance.datas[n.a] = new Uint8Array(0);', ''),
  ),
  fault(
    'memory.grow refuses its maximum',
    'v8',
    /^memory\.grow$/,
    file('../runtime/memory.ts', 'deltaPages > this.maxPages', 'deltaPages >= this.maxPages'),
  ),
  fault(
    'memory.grow forgets the contents',
    'v8',
    /^memory\.grow$/,
    file('../runtime/memory.ts', 'this.bytes.set(former);', ''),
  ),
  fault(
    'memory.grow of 64 bits refuses in a low half',
    'wasmtime',
    /^(memory|table)\.grow$/,
    cold('memory', 'value < 0 ? -1 : Math.floor', 'value < 0 ? 0 : Math.floor'),
  ),
  fault(
    'an active data segment is not dropped',
    'v8',
    /^(memory\.init|data\.drop)$/,
    file(
      'instantiate.ts',
      "data.mode === 'passive' ? contentOf(instance, data) : DROPPED",
      'contentOf(instance, data)',
    ),
  ),
  fault(
    'active data segments in the other order',
    'v8',
    /^memory\.init$/,
    file(
      'instantiate.ts',
      'placeData(instance, reader, datas[dataidx]!, keepsSharedData);',
      'placeData(instance, reader, datas[datas.length - 1 - dataidx]!, keepsSharedData);',
    ),
  ),
];

const atomics: readonly Fault[] = [
  fault(
    'an atomic read-modify-write gives the new value',
    'v8',
    /atomic\.rmw/,
    file(
      '../atomics/operations.ts',
      ', lo);\n  I[at + 1] = 0;',
      ', lo);\n  I[at] = Atomics.load(viewOf(memory, accessBytes as 1 | 2 | 4), ea / accessBytes);\n  I[at + 1] = 0;',
      'I[at] = Atomics[operator]',
    ),
  ),
  fault(
    'a narrow cmpxchg compares the whole operand',
    'v8',
    /atomic\.rmw(8|16|32)\.cmpxchg_u$/,
    file(
      '../atomics/operations.ts',
      'I[at] = Atomics.compareExchange(view',
      'if (accessBytes < 4 && I[expected]! >>> (8 * accessBytes) !== 0) { I[at] = Atomics.load(view, ea / accessBytes); I[at + 1] = 0; return; }\n  I[at] = Atomics.compareExchange(view',
    ),
  ),
  fault(
    'atomic accesses of 16 bits need no alignment',
    'v8',
    /atomic.*16/,
    file(
      '../atomics/operations.ts',
      'if (ea % accessBytes !== 0)',
      'if (accessBytes === 2) ea -= ea % 2; if (ea % accessBytes !== 0)',
    ),
  ),
  fault(
    'i64.atomic.load32_u with a sign',
    'v8',
    /^i64\.atomic\.load32_u$/,
    file('../atomics/operations.ts', 'I[at + 1] = 0;', 'I[at + 1] = I[at]! >> 31;', 'export function load'),
  ),
];

const tables: readonly Fault[] = [
  fault(
    'table.set at the length',
    'v8',
    /^table\.set$/,
    file('cold/table.ts', 'if (index >= table.length)', 'if (index > table.length)', "'table.set'"),
  ),
  fault(
    'table.grow forgets its reference',
    'v8',
    /^table\.grow$/,
    cold('table', 'table.grow(delta, t.R[(fp + n.a) >> 1])', 'table.grow(delta, null)'),
  ),
  fault(
    'table.fill leaves out the last',
    'v8',
    /^table\.fill$/,
    cold('table', 'start, start + length)', 'start, start + length - 1)'),
  ),
  fault(
    'table.copy goes upward where ranges overlap',
    'v8',
    /^table\.copy$/,
    cold('table', '= copied[i]', '= from.elements[source + i]'),
  ),
  fault(
    'table.init does not check its source',
    'v8',
    /^table\.init$/,
    cold('table', 'source + length > elem.length || ', ''),
  ),
  fault('elem.drop does nothing', 'v8', /^elem\.drop$/, cold('table', 't.instance.elems[n.a] = [];', '')),
  fault(
    'accesses of a second table take the first',
    'v8',
    /^table\./,
    cold('table', 't.instance.tables[tableidx as number]!', 't.instance.tables[0]!'),
  ),
  fault(
    'active elements are placed one further',
    'v8',
    /^table\.init$/,
    file('instantiate.ts', 'table.is64), 0, elements.length', 'table.is64), 1, elements.length - 1'),
  ),
];

const globals: readonly Fault[] = [
  fault(
    'global.set of 64 bits leaves the high half',
    'v8',
    /^global\.set$/,
    loop(/^global\.set_pair$/, `e[1] = I[${A} + 1]`, 'e[1] = e[1]'),
  ),
  fault(
    'global.set of a vector leaves the last word',
    'v8',
    /^global\.set$/,
    cold('reference', 't.I.subarray(fp + n.a, fp + n.a + 4)', 't.I.subarray(fp + n.a, fp + n.a + 3)'),
  ),
  fault(
    'global.set of a reference does nothing',
    'v8',
    /^global\.set$/,
    cold('reference', 't.instance.globals[n.b]!.ref = t.R[(fp + n.a) >> 1];', ''),
  ),
  fault(
    'select of 64 bits takes one high half',
    'v8',
    /^select(_t)?$/,
    loop(/^select_pair$/, 'I[x + 1]', `I[${A} + 1]`),
  ),
  fault(
    'select of references is the other way round',
    'v8',
    /^select(_t)?$/,
    file('cold/reference.ts', 'n.a : n.b', 'n.b : n.a', 'select_ref'),
  ),
  // Also what puts a constant on the stack for an instruction that has no variant for constants.
  fault(
    'a constant written to a local of 64 bits',
    'v8',
    /^local\.(set|tee)$|^[if]64\.const$/,
    loop(/^const_pair$/, `I[${C} + 1] = n.d`, `I[${C} + 1] = n.d & 0x7fffffff`),
  ),
];

export const storageFaults: readonly Fault[] = [...accesses, ...bulk, ...atomics, ...tables, ...globals];
