/** Faults in branches, calls, exceptions, and in lowering, which decides where operands are. */
import { cold, type Fault, fault, file, loop } from './fault.ts';

const BRANCH = /^(br|br_if|br_table|br_on_\w+|if|loop|end)$/;

const branches: readonly Fault[] = [
  fault('br_table takes its index for signed', 'v8', /^br_table$/, loop(/^br_table$/, '>>> 0', '| 0')),
  fault('if takes negative numbers for false', 'v8', /^(if|br_if|i32\.eqz)$/, loop(/^br_z$/, '=== 0', '<= 0')),
  fault(
    'branches leave their operands where they are',
    'v8',
    BRANCH,
    file(
      'lower/lowering.ts',
      'this.emitter.height - count === this.block(labelidx).base',
      'this.emitter.height - count >= this.block(labelidx).base',
    ),
  ),
  fault(
    'branches pack vectors too closely',
    'v8',
    BRANCH,
    file('lower/lowering.ts', 'target += widthOf(emitter.types[i]!)', 'target += 2'),
  ),
  fault(
    'a branch that is not taken has moved its operands',
    'v8',
    /^br_if$/,
    file('lower/lowering.ts', 'emitter.restoreKinds(first, kinds);', ''),
  ),
  fault(
    'a branch to a loop carries its results',
    'v8',
    BRANCH,
    file('lower/lowering.ts', 'this.block(labelidx).isLoop ? frame.startTypes : frame.endTypes', 'frame.endTypes'),
  ),
  fault(
    'br_on_non_null branches on null',
    'wasmtime',
    /^br_on_(non_)?null$/,
    cold('control', '!isNull(t, fp + n.a)', 'isNull(t, fp + n.a)'),
  ),
  fault(
    'br_on_cast never lets null pass',
    'wasmtime',
    /^br_on_cast(_fail)?$/,
    file('lower/aggregate-rules.ts', 'nullable: nullable2', 'nullable: false'),
  ),
];

const calls: readonly Fault[] = [
  fault(
    'call_indirect reads beyond the table',
    'v8',
    /^call_indirect$/,
    loop(/^call_indirect$/, 'x >= e.length', 'x > e.length'),
  ),
  fault(
    'call_indirect of null traps as beyond the table',
    'wasmtime',
    /^call_indirect$/,
    loop(/^call_indirect$/, 'fault = 5', 'fault = 4'),
  ),
  fault(
    'return_call_indirect does not check the type',
    'v8',
    /^return_call_indirect$/,
    file('calls.ts', '  checkType(f, typeId);', '', 'export function elementAt'),
  ),
  fault(
    'call_indirect takes supertypes',
    'wasmtime',
    /^(return_)?call_indirect$/,
    file('calls.ts', 'isSubtypeId(f.typeId, typeId)', 'isSubtypeId(typeId, f.typeId)'),
  ),
  fault(
    'call_indirect takes 32 bits of a 64-bit index',
    'wasmtime',
    /^(return_)?call_indirect$/,
    cold('control', 't.instance.tables[n.c]!.is64', 'false'),
  ),
  fault(
    'call_ref of null traps as unreachable',
    'wasmtime',
    /^(return_)?call_ref$/,
    cold('control', "throw new Trap('null-function-reference')", "throw new Trap('unreachable')"),
  ),
  fault(
    'return_call loses its last argument',
    'v8',
    /^return_call/,
    file(
      'calls.ts',
      'moveWords(t, t.fp, source, wordsOf(params)',
      'moveWords(t, t.fp, source, Math.max(2, wordsOf(params) - 2)',
    ),
  ),
  fault(
    'several results lose the last',
    'v8',
    /^(return|end|call|call_indirect|br\w*)$/,
    cold('control', 'moveWords(t, fp, fp + n.a, words, hasRefs);', 'moveWords(t, fp, fp + n.a, words - 2, hasRefs);'),
  ),
  fault(
    'the first local does not start as zero',
    'v8',
    /^local\.get$|^call/,
    loop(/^enter$/, 'x = fp + n.b', 'x = fp + n.b + 2'),
  ),
];

const exceptions: readonly Fault[] = [
  fault(
    'any catch takes any tag',
    'wasmtime',
    /^(throw|throw_ref|call\w*)$/,
    file('unwind.ts', 'instance.tags[clause.tagidx] === exception.tag', 'true'),
  ),
  fault(
    'the last clause of a try_table comes first',
    'wasmtime',
    /^(throw|throw_ref|call\w*)$/,
    file('unwind.ts', 'of handler.clauses', 'of [...handler.clauses].reverse()'),
  ),
  fault(
    'a caught payload loses its last value',
    'wasmtime',
    /^(throw|throw_ref|call\w*)$/,
    file('unwind.ts', 'i < words.length; i++', 'i < Math.max(2, words.length - 2); i++'),
  ),
  fault(
    'throw_ref of null traps as unreachable',
    'wasmtime',
    /^throw_ref$/,
    file('unwind.ts', "throw new Trap('null-exception-reference')", "throw new Trap('unreachable')"),
  ),
  fault(
    'a legacy catch takes any tag',
    'v8',
    /^(throw|rethrow|call\w*)$/,
    file('unwind.ts', 'instance.tags[clause.tagidx] === exception.tag', 'true'),
  ),
  fault(
    'rethrow takes the innermost',
    'v8',
    /^rethrow$/,
    file(
      'lower/control-rules.ts',
      'lowering.block(checker.reader.index).keepAt',
      '(lowering.blocks.findLast((block) => block.keepAt >= 0) ?? lowering.block(0)).keepAt',
    ),
  ),
];

const lowering: readonly Fault[] = [
  fault(
    'i32.lt_s with a constant on the left takes the equal',
    'v8',
    /^i(32|64)\.lt_s$/,
    file('lower/rules.ts', "lt_s: 'gt_s'", "lt_s: 'ge_s'"),
  ),
  fault(
    'sub with a constant on the left',
    'v8',
    /^i(32|64)\.sub$/,
    file(
      'lower/rules.ts',
      "['add', 'mul', 'and', 'or', 'xor', 'eq', 'ne']",
      "['add', 'sub', 'mul', 'and', 'or', 'xor', 'eq', 'ne']",
    ),
  ),
  fault(
    'the opposite of lt_u is unequal',
    'v8',
    /^i(32|64)\.(lt_u|gt_u|eqz)$/,
    file('lower/branches.ts', "lt_u: 'ge_u'", "lt_u: 'ne'"),
  ),
  fault(
    'a local is set before what was pushed of it is used',
    'v8',
    /^local\.(set|tee)$/,
    file('lower/variable-rules.ts', 'emitter.spillLocal(at);', ''),
  ),
  fault(
    'a constant of 64 bits has a signed low half',
    'v8',
    /^i64\.(add|sub|mul|and|or|xor)$/,
    file('lower/immediates.ts', 'BigInt(lo >>> 0)', 'BigInt(lo)'),
  ),
  fault(
    'a lane of 64 bits is a word off',
    'v8',
    /^[if]64x2\.extract_lane$/,
    file('lower/vector-rules.ts', '(isPair ? 2 * lane : lane)', 'lane'),
  ),
  fault(
    'v128.const in the other order',
    'v8',
    /^v128\.const$/,
    file('lower/vector-rules.ts', 'lanes.getInt32(4 * i, true)', 'lanes.getInt32(4 * (3 - i), true)'),
  ),
  fault(
    'a shuffle of whole words repeats one',
    'v8',
    /^i8x16\.shuffle$/,
    cold('v128', 'I[fp + words[3]!]!', 'I[fp + words[2]!]!'),
  ),
  fault(
    'a shuffle takes the second vector for the first',
    'v8',
    /^i8x16\.shuffle$/,
    file('lower/vector-rules.ts', 'operands[lane >> 4]!', 'operands[lane >> 5]!'),
  ),
];

export const controlFaults: readonly Fault[] = [...branches, ...calls, ...exceptions, ...lowering];
