/** Faults in structures, arrays and casts. */
import { cold, type Fault, fault, file } from './fault.ts';

const CAST = /^(ref\.(test|cast)|br_on_cast)/;

export const heapFaults: readonly Fault[] = [
  fault(
    'struct.get_u and array.get_u with a sign',
    'wasmtime',
    /^(struct|array)\.get_u$/,
    file('aggregates.ts', ': (value << spare) >>> spare', ': (value << spare) >> spare'),
  ),
  fault(
    'struct.set of 64 bits leaves the high half',
    'wasmtime',
    // All ways to write a field are wrong, and nothing but reading shows what was written: whom to believe is open.
    /^struct\.(set|new|get)$/,
    file('aggregates.ts', 'i < words', 'i < Math.min(1, words)', 'function writeField'),
  ),
  fault(
    'struct.get of null does not trap',
    'wasmtime',
    /^struct\.(get|set)/,
    cold('aggregate', "if (ref === null) throw new Trap('null-structure-reference');", ''),
  ),
  fault(
    'array.copy goes upward where ranges overlap',
    'wasmtime',
    /^array\.copy$/,
    file(
      'aggregates.ts',
      'to.elements.set(elements.subarray(source * words, (source + length) * words), target * words)',
      'for (let i = 0; i < length * words; i++) to.elements[target * words + i] = elements[source * words + i]!',
    ),
  ),
  fault(
    'array.copy of references goes upward where ranges overlap',
    'wasmtime',
    /^array\.copy$/,
    file('aggregates.ts', '= copied[i]', '= (from.elements as unknown[])[source + i]'),
  ),
  fault(
    'array.fill ends one beyond the array',
    'wasmtime',
    /^array\.fill$/,
    file(
      'cold/aggregate.ts',
      'checkRange(to, start, length);',
      'checkRange(to, start, Math.max(0, length - 1));',
      "'array.fill'",
    ),
  ),
  fault(
    'array.fill of 64 bits starts at the high half',
    'wasmtime',
    /^array\.(fill|new)$/,
    file('aggregates.ts', 'I.subarray(at, at + words)', 'I.subarray(at + 1, at + 1 + words)'),
  ),
  fault(
    'array.new_data takes its offset for an index',
    'wasmtime',
    /^array\.(new|init)_data$/,
    file(
      'aggregates.ts',
      'data.subarray(source, source + length * bytes)',
      'data.subarray(Math.min(source * bytes, data.length - length * bytes), Math.min(source * bytes, data.length - length * bytes) + length * bytes)',
    ),
  ),
  fault(
    'array.init_data writes to bytes',
    'wasmtime',
    /^array\.init_data$/,
    file('aggregates.ts', 'view.byteOffset + target * bytes', 'view.byteOffset + target'),
  ),
  fault(
    'array.init_elem takes elements from the start',
    'wasmtime',
    /^array\.(new|init)_elem$/,
    file('aggregates.ts', 'elem[source + i]', 'elem[i]'),
  ),
  fault(
    'array.len counts words',
    'wasmtime',
    /^array\.len$/,
    cold(
      'aggregate',
      't.I[fp + n.c] = arrayAt(t, fp + n.a).length;',
      't.I[fp + n.c] = (arrayAt(t, fp + n.a).elements as unknown[]).length;',
    ),
  ),
  fault(
    'array.set beyond the length',
    'wasmtime',
    /^array\.set$/,
    file('cold/aggregate.ts', 'checkIndex(to, index);', '', "'array.set'"),
  ),
  fault(
    'ref.cast lets null pass',
    'wasmtime',
    /^ref\.cast$/,
    file('lower/aggregate-rules.ts', "'ref.cast': cast(false)", "'ref.cast': cast(true)"),
  ),
  fault(
    'a supertype is a subtype',
    'wasmtime',
    CAST,
    file('../runtime/gc.ts', 'isSubtypeId(ref.typeId, typeId)', 'isSubtypeId(typeId, ref.typeId)'),
  ),
  fault(
    'an array is not in eq',
    'wasmtime',
    CAST,
    file(
      '../runtime/gc.ts',
      'ref instanceof StructInst || ref instanceof ArrayInst;',
      'ref instanceof StructInst;',
      'heap === eq',
    ),
  ),
  fault(
    'ref.as_non_null lets null pass',
    'wasmtime',
    /^ref\.as_non_null$/,
    cold('reference', "if (ref === null) throw new Trap('null-reference');", ''),
  ),
];
