/** Which bytes of a memory the instruction at hand is about to touch, told from its operands. */
import { InstructionReader } from '../../../src/decoder/index.ts';
import type { Frame } from '../../../src/inspect/index.ts';
import { type InstructionRow, instructions, signatureOf } from '../../../src/syntax/index.ts';
import type { Range } from './code-map.ts';

export interface Access extends Range {
  readonly memidx: number;
  readonly kind: 'read' | 'written';
}

/** @returns none when the instruction touches no memory, or touches no byte of it */
export function accessesAt(bytes: Uint8Array, frame: Frame): readonly Access[] {
  if (frame.kind !== 'wasm' || frame.isWaiting) return [];
  const reader = new InstructionReader(bytes, frame.byteOffset);
  reader.next();
  const row = instructions[reader.id]!;
  const found = row.accessBytes === undefined ? bulk(row, reader, frame) : plain(row, row.accessBytes, reader, frame);
  return found.filter(({ from, to }) => to > from && Number.isSafeInteger(to));
}

function plain(row: InstructionRow, byteLength: number, reader: InstructionReader, frame: Frame): Access[] {
  const address = unsigned(frame, operandCountOf(row));
  if (address === undefined) return [];
  const from = address + reader.memOffset;
  const isStore = /store/.test(row.name) || /\.rmw|notify/.test(row.name);
  return [{ memidx: reader.memidx, kind: isStore ? 'written' : 'read', from, to: from + byteLength }];
}

function bulk({ name }: InstructionRow, reader: InstructionReader, frame: Frame): Access[] {
  if (name !== 'memory.fill' && name !== 'memory.copy' && name !== 'memory.init') return [];
  const [destination, second, count] = [unsigned(frame, 3), unsigned(frame, 2), unsigned(frame, 1)];
  if (destination === undefined || second === undefined || count === undefined) return [];
  const memidx = name === 'memory.init' ? reader.index2 : reader.index;
  const written: Access = { memidx, kind: 'written', from: destination, to: destination + count };
  if (name !== 'memory.copy') return [written];
  return [{ memidx: reader.index2, kind: 'read', from: second, to: second + count }, written];
}

function operandCountOf(row: InstructionRow): number {
  return signatureOf(row)?.operands.length ?? 1;
}

/** The operand `fromTop` places from the top, 1 the topmost, as an address or a count. */
function unsigned({ operands }: Frame, fromTop: number): number | undefined {
  const operand = operands[operands.length - fromTop];
  if (operand === undefined) return undefined;
  if (typeof operand.value === 'bigint') return Number(BigInt.asUintN(64, operand.value));
  return typeof operand.value === 'number' ? operand.value >>> 0 : undefined;
}
