/**
 * Makes a validated module ready to be instantiated: canonical types, and code that lowers itself at its
 * first call. All instances of the module in one agent share the result.
 */
import { Code, Instr, type KeptBodies, type ModuleCode } from '../runtime/index.ts';
import { type FuncType, importCount, indexSpaces, type Module, type SubType, typeRegistry } from '../syntax/index.ts';
import { noteBody } from './meter.ts';
import { findSlotOp } from './slot-numbers.ts';

const LOWER = findSlotOp('lower')!;

/**
 * @param module one that `validateModule` accepts
 * @param kept what an earlier process has kept of the same module
 */
export function loadModule(
  module: Module,
  lowering: 'fast' | 'clear' = 'fast',
  kept: KeptBodies | null = null,
): ModuleCode {
  const codes: Code[] = [];
  const importedFuncs = importCount(module, 'func');
  const code: ModuleCode = {
    module,
    spaces: indexSpaces(module),
    typeIds: typeRegistry.addTypes(module.recGroups),
    codes,
    importedFuncs,
    lowering,
    kept,
    onClear: null,
    funcType: (typeidx) => (module.types[typeidx] as SubType).comp as FuncType,
  };
  // Every instruction takes at least a byte.
  for (const { body } of module.funcs) noteBody(body.byteLength);
  addCodes(code, codes);
  return code;
}

/** The same module with clear code that nobody else runs. */
export function twinOf(code: ModuleCode): ModuleCode {
  const codes: Code[] = [];
  const twin: ModuleCode = { ...code, codes, lowering: 'clear' };
  addCodes(twin, codes);
  return twin;
}

function addCodes(code: ModuleCode, codes: Code[]): void {
  code.module.funcs.forEach((func, i) => {
    const stub = new Instr(LOWER, func.body.byteOffset);
    const entry = new Code(code, code.importedFuncs + i, func, stub);
    stub.k = entry;
    codes.push(entry);
  });
}
