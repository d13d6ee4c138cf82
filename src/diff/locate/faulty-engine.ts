/** For tests: Glassbox with a fault. Wherever one instruction stands in a module, it runs another. */
import { decodeModule, InstructionReader } from '../../decoder/index.ts';
import { ByteWriter, encodableData, encodeModule, writeInstruction } from '../../encoder/index.ts';
import { instrId, instructions, type Mnemonic } from '../../syntax/index.ts';
import type { Engine, PreparedCase } from '../case.ts';
import { glassboxEngine } from '../engines/index.ts';

type Change = (reader: InstructionReader) => void;

function changed(bytes: Uint8Array, from: Mnemonic, change: Change): Uint8Array {
  const module = decodeModule(bytes);
  const id = instrId(from);
  const pool = new ByteWriter();
  pool.bytes(bytes);
  const funcs = module.funcs.map((func) => {
    const { byteOffset, byteLength } = func.body;
    const reader = new InstructionReader(bytes, byteOffset, byteOffset + byteLength);
    const start = pool.length;
    while (!reader.done) {
      reader.next();
      if (reader.id === id) change(reader);
      writeInstruction(pool, reader);
    }
    return { ...func, body: { byteOffset: start, byteLength: pool.length - start } };
  });
  return encodeModule({
    ...module,
    funcs,
    hasDataCount: module.dataCount !== undefined,
    datas: module.datas.map(encodableData),
    names: undefined,
    bytes: pool.toBytes(),
  }).bytes;
}

/** @param change what runs instead: another instruction of the same type and immediates, or other immediates */
export function faultyEngine(from: Mnemonic, change: Mnemonic | Change): Engine {
  const engine = glassboxEngine('fast', 'faulty');
  const apply: Change =
    typeof change === 'function'
      ? change
      : (reader) => {
          reader.id = instrId(change);
          const natural = Math.log2(instructions[reader.id]!.accessBytes ?? 1);
          reader.alignLog2 = Math.min(reader.alignLog2, natural);
        };
  return {
    ...engine,
    run: (cases, limits) => {
      const faulty = cases.map((each): PreparedCase => ({ ...each, bytes: changed(each.bytes, from, apply) }));
      return engine.run(faulty, limits);
    },
  };
}
