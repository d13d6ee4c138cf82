/**
 * Recognises the constant expressions of one `i32.const` or `i64.const`, which nearly all are: Go's
 * linker writes 50,000 of them as offsets of data segments. They need no checker.
 */
import { type Expr, I32, I64, type ValType } from '../syntax/index.ts';

const I32_CONST = 0x41;
const I64_CONST = 0x42;

/** The type of a well-formed expression that is one integer constant; `undefined` for any other. */
export function plainConstantType(bytes: Uint8Array, { byteOffset, byteLength }: Expr): ValType | undefined {
  const opcode = bytes[byteOffset];
  if (opcode !== I32_CONST && opcode !== I64_CONST) return undefined;
  const lastOfConstant = byteOffset + byteLength - 2;
  for (let at = byteOffset + 1; at < lastOfConstant; at++) if ((bytes[at] as number) < 0x80) return undefined;
  return opcode === I32_CONST ? I32 : I64;
}
