/** Faults that show elsewhere than where they are: one instruction writes or reads wrongly, another one is asked. */
import { cold, type Fault, fault, file, loop } from './fault.ts';

export const laterFaults: readonly Fault[] = [
  fault(
    'table.init takes elements from the start',
    'v8',
    /^table\.init$/,
    file('cold/table.ts', 'elem[source + i]', 'elem[i]'),
  ),
  fault(
    'table.copy has source and target the wrong way',
    'v8',
    /^table\.copy$/,
    file(
      'cold/table.ts',
      'const copied = from.elements.slice(source, source + length);\n    for (let i = 0; i < length; i++) to.elements[target + i] = copied[i];',
      'const copied = from.elements.slice(target, target + length);\n    for (let i = 0; i < length; i++) to.elements[source + i] = copied[i]!;',
    ),
  ),
  fault(
    'table.set writes one further',
    'v8',
    /^table\.set$/,
    file(
      'cold/table.ts',
      'table.elements[index] = ',
      'table.elements[Math.min(index + 1, table.length - 1)] = ',
      "'table.set'",
    ),
  ),
  fault(
    'table.get reads the one before',
    'v8',
    /^table\.get$/,
    file('cold/table.ts', 'table.elements[index]', 'table.elements[Math.max(0, index - 1)]', "'table.get'"),
  ),
  fault(
    'table.fill starts one later',
    'v8',
    /^table\.fill$/,
    cold('table', 'start, start + length)', 'start + 1, start + length)'),
  ),
  fault(
    'table.grow gives the new length',
    'v8',
    /^table\.grow$/,
    file('cold/table.ts', 'former, table.is64', 'former < 0 ? former : table.length, table.is64', "'table.grow'"),
  ),
  fault(
    'active elements take the first function twice',
    'v8',
    /^table\.init$/,
    file(
      'instantiate.ts',
      'instance.funcs[index])',
      'instance.funcs[index === items.indices[1] ? items.indices[0]! : index])',
    ),
  ),
  fault(
    'ref.func takes the next function',
    'v8',
    /^ref\.func$/,
    cold('reference', 't.instance.funcs[n.a]', 't.instance.funcs[Math.min(n.a + 1, t.instance.funcs.length - 1)]'),
  ),
  fault(
    'ref.is_null is the other way round',
    'v8',
    /^ref\.is_null$/,
    loop(/^ref\.is_null$/, '=== null ? 1 : 0', '=== null ? 0 : 1'),
  ),
  fault(
    'call_indirect of a second table takes the first',
    'v8',
    /^call_indirect$/,
    loop(/^call_indirect$/, 'tables[n.c]', 'tables[0]'),
  ),
  fault(
    'an uninitialised element is a type mismatch',
    'wasmtime',
    /^(return_)?call_indirect$/,
    file('calls.ts', "'uninitialized-element'", "'indirect-call-type'"),
  ),
  fault(
    'table.copy between tables stays in one',
    'v8',
    /^table\.copy$/,
    file('cold/table.ts', 'tableOf(t, fromIndex)', 'tableOf(t, toIndex)'),
  ),
  fault(
    'elements of expressions are null',
    'v8',
    /^(table\.init|array\.\w+_elem)$/,
    file('instantiate.ts', 'evaluate(instance, expr).ref)', 'null)'),
  ),
  fault(
    'global.get of a word loses its sign bit',
    'v8',
    /^global\.get$/,
    loop(/^global\.get_word$/, /= (.*?); n = /, '= ($1) & 0x7fffffff; n = '),
  ),
  fault(
    'global.get of a vector swaps words',
    'v8',
    /^global\.get$/,
    file(
      'cold/reference.ts',
      't.I.set(t.instance.globals[n.a]!.words, fp + n.c);',
      't.I.set(t.instance.globals[n.a]!.words, fp + n.c); t.I[fp + n.c + 3] = t.instance.globals[n.a]!.words[2]!;',
    ),
  ),
  fault(
    'global.get of a reference is null',
    'v8',
    /^global\.get$/,
    file('cold/reference.ts', '= t.instance.globals[n.a]!.ref', '= null', "'global.get_ref'"),
  ),
  fault(
    'memory.init ignores its source',
    'v8',
    /^memory\.init$/,
    file(
      'cold/memory.ts',
      'data.subarray(source, source + length)',
      'data.subarray(0, length)',
      'export function initMemory',
    ),
  ),
  fault(
    'data segments are copied one byte short',
    'v8',
    /^memory\.init$/,
    file(
      'instantiate.ts',
      'data.contentOffset, data.contentLength',
      'data.contentOffset, Math.max(0, data.contentLength - 1)',
    ),
  ),
  fault(
    'memory.init takes the first memory',
    'wasmtime',
    /^memory\.init$/,
    file('cold/memory.ts', 't.instance.memories[memidx]!', 't.instance.memories[0]!', "'memory.init'"),
  ),
  fault(
    'a second memory is filled in the first',
    'wasmtime',
    /^memory\.fill$/,
    cold('memory', 't.instance.memories[n.k as number]!', 't.instance.memories[0]!'),
  ),
  fault(
    'struct.new_default leaves ones',
    'wasmtime',
    /^struct\.new_default$/,
    file(
      'aggregates.ts',
      'new StructInst(typeId, defaults.slice());\n}',
      'new StructInst(typeId, defaults.map((x) => (x === 0 ? 1 : x)));\n}',
      'export function newDefaultStruct',
    ),
  ),
  fault(
    'struct.new writes its last field first',
    'wasmtime',
    /^struct\.new$/,
    file(
      'aggregates.ts',
      'writeField(frame, from, made, field);',
      'writeField(frame, field === fields[fields.length - 1] && field !== fields[0] && field.type === fields[0]!.type ? at : from, made, field);',
    ),
  ),
  fault(
    'struct.get of 64 bits gives the low half twice',
    'wasmtime',
    /^struct\.get$/,
    file('aggregates.ts', 'I[at + i] = slots[slot + i] as number', 'I[at + i] = slots[slot + (i & 2)] as number'),
  ),
  fault(
    'array.new_fixed leaves out the last',
    'wasmtime',
    /^array\.new_fixed$/,
    file(
      'aggregates.ts',
      'for (let i = 0; i < length; i++) setElement(frame',
      'for (let i = 0; i < length - 1; i++) setElement(frame',
    ),
  ),
  fault(
    'array.fill leaves out the middle',
    'wasmtime',
    /^array\.(fill|new)$/,
    file(
      'aggregates.ts',
      'else if (words === 1) elements.fill(I[at]!, start, start + length);',
      'else if (words === 1) { const kept = elements[start + 1]!; elements.fill(I[at]!, start, start + length); if (length > 2) elements[start + 1] = kept; }',
    ),
  ),
  fault(
    'array.copy ignores its source',
    'wasmtime',
    /^array\.copy$/,
    file(
      'aggregates.ts',
      'elements.subarray(source * words, (source + length) * words)',
      'elements.subarray(0, length * words)',
    ),
  ),
  fault(
    'array.new_elem takes from the end',
    'wasmtime',
    /^array\.(new|init)_elem$/,
    file('aggregates.ts', 'elem[source + i]', 'elem[source + length - 1 - i]'),
  ),
  fault(
    'array.init_data is a byte off',
    'wasmtime',
    /^array\.(init|new)_data$/,
    file(
      'aggregates.ts',
      'window.set(data.subarray(source, source + length * bytes))',
      'window.set(data.subarray(Math.min(source + 1, data.length - length * bytes), Math.min(source + 1, data.length - length * bytes) + length * bytes))',
    ),
  ),
  fault(
    'ref.i31 loses bit 30',
    'wasmtime',
    /^ref\.i31$/,
    cold('aggregate', '(I[fp + n.a]! << 1) >> 1', '(I[fp + n.a]! << 2) >> 2'),
  ),
  fault(
    'references of exceptions are lost',
    'wasmtime',
    /^(throw|throw_ref|call\w*)$/,
    file('cold/control.ts', 'hasRefs ? t.R.slice(at >> 1, (at + words) >> 1) : []', '[]'),
  ),
  fault(
    'throw takes the first tag',
    'v8',
    /^(throw|call\w*|catch)$/,
    file('cold/control.ts', 't.instance.tags[n.b]!', 't.instance.tags[0]!', 'throw:'),
  ),
  fault(
    'return_call_ref loses an argument',
    'wasmtime',
    /^return_call/,
    file(
      'calls.ts',
      'wordsOf(params), hasRefs(params))',
      'Math.max(0, wordsOf(params) - 2), hasRefs(params))',
      'export function tailCall',
    ),
  ),
  fault(
    'br_on_non_null leaves the reference',
    'wasmtime',
    /^br_on_non_null$/,
    cold('control', 'branch(t, n, !isNull(t, fp + n.a))', 'branch(t, n, isNull(t, fp + n.a) || true)'),
  ),
];
