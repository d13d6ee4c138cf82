/**
 * One rule for each instruction whose type is more than a signature, and the checks that come on top
 * of a signature: alignment, lane indices, segments.
 *
 * A row of the instruction table without a signature must have a rule here, or this file does not compile.
 *
 * @see https://webassembly.github.io/spec/core/valid/instructions.html
 */
import type { CatchClause, InstructionReader } from '../decoder/index.ts';
import {
  type AddressType,
  type ArrayType,
  abstractHeapTypes,
  BOTTOM,
  type CompType,
  concreteHeapType,
  EXNREF,
  type FieldType,
  FUNCREF,
  type FuncType,
  type GlobalType,
  type HeapType,
  heapTypeOf,
  I32,
  I64,
  type InstrId,
  type InstructionRow,
  instrId,
  instructions,
  isConcrete,
  isDefaultable,
  isNullable,
  isPacked,
  isRef,
  type Mnemonic,
  type PolymorphicMnemonic,
  refType,
  type TableType,
  typeidxOf,
  unpacked,
  type ValType,
  valTypesText,
  valTypeText,
} from '../syntax/index.ts';
import type { BodyChecker, ControlFrame } from './body-checker.ts';
import { laneLimits, naturalAlignLog2, signatures32, signatures64, type TypeSignature } from './signatures.ts';

/** Checks the instruction that `reader` has just read. */
export type Rule = (checker: BodyChecker, reader: InstructionReader) => void;

const NO_TYPES: readonly ValType[] = [];
const IF = instrId('if');
const ELSE = instrId('else');
const TRY = instrId('try');
const CATCH = instrId('catch');
const CATCH_ALL = instrId('catch_all');
const LOOP = instrId('loop');
const { any, extern, exn } = abstractHeapTypes;
const EXN_REF_NON_NULL = refType(exn, false);

// Blocks and branches

function blockParams(checker: BodyChecker, reader: InstructionReader): readonly ValType[] {
  return reader.blockTypeidx < 0 ? NO_TYPES : checker.funcType(reader.blockTypeidx).params;
}

function blockResults(checker: BodyChecker, reader: InstructionReader): readonly ValType[] {
  if (reader.blockTypeidx >= 0) return checker.funcType(reader.blockTypeidx).results;
  if (reader.blockValType === BOTTOM) return NO_TYPES;
  checker.checkValType(reader.blockValType);
  return checker.context.singleton(reader.blockValType);
}

function block(checker: BodyChecker, reader: InstructionReader): void {
  const params = blockParams(checker, reader);
  const results = blockResults(checker, reader);
  checker.popTypes(params);
  checker.pushControl(reader.id, params, results);
}

function ifRule(checker: BodyChecker, reader: InstructionReader): void {
  const params = blockParams(checker, reader);
  const results = blockResults(checker, reader);
  checker.pop(I32);
  checker.popTypes(params);
  checker.pushControl(reader.id, params, results);
}

function innermost(checker: BodyChecker): ControlFrame {
  return checker.controls[checker.depth - 1] as ControlFrame;
}

function elseRule(checker: BodyChecker): void {
  if (innermost(checker).opcode !== IF) checker.failMalformed('END opcode expected: else stands outside of an if');
  const { startTypes, endTypes } = checker.popControl();
  checker.pushControl(ELSE, startTypes, endTypes);
}

function end(checker: BodyChecker, reader: InstructionReader): void {
  const { opcode, startTypes, endTypes } = checker.popControl();
  if (opcode === IF && startTypes !== endTypes && !matchesTypes(checker, startTypes, endTypes))
    checker.fail(
      `type mismatch: an if without else must leave what it takes, ${valTypesText(startTypes)}, not ${valTypesText(endTypes)}`,
    );
  checker.pushTypes(endTypes);
  if (checker.depth === 0 && reader.offset !== reader.end)
    reader.fail('section size mismatch: the code goes on after its final end');
}

function matchesTypes(checker: BodyChecker, a: readonly ValType[], b: readonly ValType[]): boolean {
  return a.length === b.length && a.every((type, i) => checker.matches(type, b[i] as ValType));
}

function br(checker: BodyChecker, reader: InstructionReader): void {
  checker.popTypes(checker.labelTypes(reader.index));
  checker.markUnreachable();
}

/** Pops what a label takes and pushes the label's types: operands that branch no further become no more than those. */
function passLabel(checker: BodyChecker, types: readonly ValType[]): void {
  if (types.length === 0) return;
  checker.popTypes(types);
  checker.pushTypes(types);
}

function brIf(checker: BodyChecker, reader: InstructionReader): void {
  checker.pop(I32);
  passLabel(checker, checker.labelTypes(reader.index));
}

/** Each label is checked once a table, and of labels that share a type one. */
function brTable(checker: BodyChecker, reader: InstructionReader): void {
  checker.pop(I32);
  const { labels, labelCount } = reader;
  const stamp = checker.nextBrTable();
  const arity = checker.labelTypes(labels[labelCount - 1] as number).length;
  const seen = arity > 1 ? new Set<readonly ValType[]>() : undefined;
  for (let i = 0; i < labelCount; i++) {
    const frame = checker.label(labels[i] as number);
    if (frame.brTable === stamp) continue;
    frame.brTable = stamp;
    const types = frame.opcode === LOOP ? frame.startTypes : frame.endTypes;
    if (types.length !== arity)
      checker.fail(
        `type mismatch: labels of br_table take ${arity} and ${types.length} operands (label ${labels[i] as number})`,
      );
    if (seen?.has(types)) continue;
    seen?.add(types);
    checker.checkTop(types);
  }
  checker.markUnreachable();
}

function returnRule(checker: BodyChecker): void {
  checker.popTypes(checker.returnTypes);
  checker.markUnreachable();
}

// Calls

function knownFunc(checker: BodyChecker, funcidx: number): FuncType {
  return checker.context.funcTypes[funcidx] ?? checker.fail(`unknown function ${funcidx}`);
}

function applyCall(checker: BodyChecker, { params, results }: FuncType): void {
  checker.popTypes(params);
  checker.pushTypes(results);
}

function applyTailCall(checker: BodyChecker, { params, results }: FuncType): void {
  const { returnTypes } = checker;
  if (results !== returnTypes && !matchesTypes(checker, results, returnTypes))
    checker.fail(
      `type mismatch: ${checker.mnemonic} returns ${valTypesText(results)} from a function of ${valTypesText(returnTypes)}`,
    );
  checker.popTypes(params);
  checker.markUnreachable();
}

/** Checks table and callee of an indirect call and pops the callee's index. */
function indirectCallee(checker: BodyChecker, reader: InstructionReader): FuncType {
  const table = knownTable(checker, reader.index2);
  if (!checker.matches(table.element, FUNCREF))
    checker.fail(
      `type mismatch: ${checker.mnemonic} needs functions, table ${reader.index2} holds ${valTypeText(table.element)}`,
    );
  const type = checker.funcType(reader.index);
  checker.pop(table.address);
  return type;
}

/** Pops the callee of `call_ref`. */
function referencedCallee(checker: BodyChecker, reader: InstructionReader): FuncType {
  const type = checker.funcType(reader.index);
  checker.pop(refType(concreteHeapType(reader.index), true));
  return type;
}

// Exceptions

function knownTag(checker: BodyChecker, tagidx: number): FuncType {
  return checker.context.tagTypes[tagidx] ?? checker.fail(`unknown tag ${tagidx}`);
}

function throwRule(checker: BodyChecker, reader: InstructionReader): void {
  checker.popTypes(knownTag(checker, reader.index).params);
  checker.markUnreachable();
}

function throwRef(checker: BodyChecker): void {
  checker.pop(EXNREF);
  checker.markUnreachable();
}

function checkCatch(checker: BodyChecker, { kind, tagidx, labelidx }: CatchClause): void {
  const payload = tagidx < 0 ? NO_TYPES : knownTag(checker, tagidx).params;
  const isRefKind = kind === 'catch_ref' || kind === 'catch_all_ref';
  const types = isRefKind ? [...payload, EXN_REF_NON_NULL] : payload;
  const expected = checker.labelTypes(labelidx);
  if (!matchesTypes(checker, types, expected))
    checker.fail(
      `type mismatch: ${kind} passes ${valTypesText(types)} to label ${labelidx}, which takes ${valTypesText(expected)}`,
    );
}

/** The clauses' labels count from outside of the block. */
function tryTable(checker: BodyChecker, reader: InstructionReader): void {
  for (const clause of reader.catches) checkCatch(checker, clause);
  block(checker, reader);
}

/** Ends a `try` or `catch` part and starts the next one with `types` on the stack. */
function catchPart(checker: BodyChecker, reader: InstructionReader, types: readonly ValType[]): void {
  const { opcode } = innermost(checker);
  if (opcode !== TRY && opcode !== CATCH)
    checker.failMalformed(`END opcode expected: ${checker.mnemonic} stands outside of a try`);
  const { endTypes } = checker.popControl();
  checker.pushControl(reader.id, types, endTypes);
}

function delegate(checker: BodyChecker, reader: InstructionReader): void {
  if (innermost(checker).opcode !== TRY) checker.failMalformed('END opcode expected: delegate stands outside of a try');
  const { endTypes } = checker.popControl();
  checker.label(reader.index);
  checker.pushTypes(endTypes);
}

function rethrow(checker: BodyChecker, reader: InstructionReader): void {
  const { opcode } = checker.label(reader.index);
  if (opcode !== CATCH && opcode !== CATCH_ALL)
    checker.fail(`invalid rethrow label ${reader.index}: it is no catch or catch_all`);
  checker.markUnreachable();
}

// Parametric and variable instructions

function select(checker: BodyChecker): void {
  checker.pop(I32);
  const b = checker.popAny();
  const a = checker.popAny();
  if (isRef(a) || isRef(b))
    checker.fail('type mismatch: select without a type takes numbers and vectors, not references');
  if (a !== b && a !== BOTTOM && b !== BOTTOM)
    checker.fail(`type mismatch: select expects operands of one type, found ${valTypesText([a, b])}`);
  checker.push(a === BOTTOM ? b : a);
}

function selectTyped(checker: BodyChecker, { valTypes }: InstructionReader): void {
  const type = valTypes[0];
  if (type === undefined || valTypes.length > 1)
    checker.fail(`invalid result arity: select has ${valTypes.length} result types, not one`);
  checker.checkValType(type);
  checker.popTypes([type, type, I32]);
  checker.push(type);
}

function localSet(checker: BodyChecker, reader: InstructionReader): void {
  checker.pop(checker.local(reader.index));
  checker.initialise(reader.index);
}

function localTee(checker: BodyChecker, reader: InstructionReader): void {
  const type = checker.local(reader.index);
  checker.pop(type);
  checker.initialise(reader.index);
  checker.push(type);
}

function knownGlobal(checker: BodyChecker, globalidx: number): GlobalType {
  return checker.context.globals[globalidx] ?? checker.fail(`unknown global ${globalidx}`);
}

function globalSet(checker: BodyChecker, reader: InstructionReader): void {
  const { content, mutable } = knownGlobal(checker, reader.index);
  if (!mutable) checker.fail(`immutable global ${reader.index} cannot be set`);
  checker.pop(content);
}

// Tables and memories

function knownTable(checker: BodyChecker, tableidx: number): TableType {
  return checker.context.tables[tableidx] ?? checker.fail(`unknown table ${tableidx}`);
}

function knownElem(checker: BodyChecker, elemidx: number): ValType {
  return checker.context.module.elems[elemidx]?.type ?? checker.fail(`unknown elem segment ${elemidx}`);
}

/** Code that names a data segment needs the data count section, which stands before the code. */
function checkData(checker: BodyChecker, dataidx: number): void {
  const { dataCount } = checker.context.module;
  if (dataCount === undefined) checker.failMalformed(`data count section required by ${checker.mnemonic}`);
  if (dataidx >= dataCount) checker.fail(`unknown data segment ${dataidx}`);
}

function addressOf(checker: BodyChecker, memidx: number): AddressType {
  const memory = checker.context.memories[memidx] ?? checker.fail(`unknown memory ${memidx}`);
  return memory.address;
}

/** The size of a copy fits both sides: 64 bits only when both have 64-bit addresses. */
function narrower(a: AddressType, b: AddressType): AddressType {
  return a === I32 || b === I32 ? I32 : I64;
}

function tableCopy(checker: BodyChecker, reader: InstructionReader): void {
  const to = knownTable(checker, reader.index);
  const from = knownTable(checker, reader.index2);
  checkElement(checker, from.element, to.element);
  checker.popTypes([to.address, from.address, narrower(to.address, from.address)]);
}

function checkElement(checker: BodyChecker, from: ValType, to: ValType): void {
  if (!checker.matches(from, to))
    checker.fail(`type mismatch: ${checker.mnemonic} copies ${valTypeText(from)} into ${valTypeText(to)}`);
}

function tableInit(checker: BodyChecker, reader: InstructionReader): void {
  const { address, element } = knownTable(checker, reader.index2);
  checkElement(checker, knownElem(checker, reader.index), element);
  checker.popTypes([address, I32, I32]);
}

function memoryCopy(checker: BodyChecker, reader: InstructionReader): void {
  const to = addressOf(checker, reader.index);
  const from = addressOf(checker, reader.index2);
  checker.popTypes([to, from, narrower(to, from)]);
}

function applyAddressed(checker: BodyChecker, id: InstrId, address: AddressType): void {
  checker.applySignature((address === I32 ? signatures32 : signatures64)[id] as TypeSignature);
}

function memoryInit(checker: BodyChecker, reader: InstructionReader): void {
  const address = addressOf(checker, reader.index2);
  checkData(checker, reader.index);
  applyAddressed(checker, reader.id, address);
}

function checkOffset(checker: BodyChecker, reader: InstructionReader, address: AddressType): void {
  if (address === I32 && reader.memOffsetHi !== 0)
    checker.fail(`offset out of range: ${reader.memOffset} in a 32-bit memory`);
}

function memoryAccess(checker: BodyChecker, reader: InstructionReader): void {
  const { id } = reader;
  const address = addressOf(checker, reader.memidx);
  const natural = naturalAlignLog2[id] as number;
  if (reader.alignLog2 > natural)
    checker.fail(`alignment must not be larger than natural: 2^${reader.alignLog2}, natural is 2^${natural}`);
  checkOffset(checker, reader, address);
  applyAddressed(checker, id, address);
}

function atomicAccess(checker: BodyChecker, reader: InstructionReader): void {
  const natural = naturalAlignLog2[reader.id] as number;
  const address = addressOf(checker, reader.memidx);
  if (reader.alignLog2 !== natural)
    checker.fail(`atomic alignment must be natural: 2^${reader.alignLog2}, natural is 2^${natural}`);
  checkOffset(checker, reader, address);
  applyAddressed(checker, reader.id, address);
}

function checkLane(checker: BodyChecker, lane: number, limit: number): void {
  if (lane >= limit) checker.fail(`invalid lane index ${lane}: ${checker.mnemonic} has ${limit} lanes`);
}

function laneAccess(checker: BodyChecker, reader: InstructionReader): void {
  checkLane(checker, reader.index, laneLimits[reader.id] as number);
  memoryAccess(checker, reader);
}

function lane(checker: BodyChecker, reader: InstructionReader): void {
  checkLane(checker, reader.index, laneLimits[reader.id] as number);
  checker.applySignature(signatures32[reader.id] as TypeSignature);
}

/** i8x16.shuffle picks from the lanes of two vectors. */
function shuffle(checker: BodyChecker, reader: InstructionReader): void {
  for (let i = 0; i < 16; i++) checkLane(checker, reader.bytes[reader.lanesAt + i] as number, 32);
  checker.applySignature(signatures32[reader.id] as TypeSignature);
}

// References

function withNullability(type: ValType, nullable: boolean): ValType {
  return refType(heapTypeOf(type), nullable);
}

function checkHeap(checker: BodyChecker, heap: HeapType): void {
  checker.checkValType(refType(heap, true));
}

function refNull(checker: BodyChecker, { heap }: InstructionReader): void {
  checkHeap(checker, heap);
  checker.push(refType(heap, true));
}

function refFunc(checker: BodyChecker, { index }: InstructionReader): void {
  const { funcs, declaredFuncs } = checker.context;
  knownFunc(checker, index);
  if (declaredFuncs[index] !== 1)
    checker.fail(
      `undeclared function reference: function ${index} is in no export, element segment or constant expression`,
    );
  checker.push(refType(concreteHeapType(funcs[index] as number), false));
}

/** The greatest type of the hierarchy that `heap` is in, nullable: any operand a cast to it may have. */
function castOperand(checker: BodyChecker, heap: HeapType): ValType {
  const { registry, typeIds } = checker.context;
  const canonical = isConcrete(heap) ? concreteHeapType(typeIds[typeidxOf(heap)] as number) : heap;
  return refType(registry.topOf(canonical), true);
}

function refTest(checker: BodyChecker, { heap }: InstructionReader): void {
  checkHeap(checker, heap);
  checker.pop(castOperand(checker, heap));
  checker.push(I32);
}

function refCast(nullable: boolean): Rule {
  return (checker, { heap }) => {
    checkHeap(checker, heap);
    checker.pop(castOperand(checker, heap));
    checker.push(refType(heap, nullable));
  };
}

function brOnNull(checker: BodyChecker, reader: InstructionReader): void {
  const types = checker.labelTypes(reader.index);
  const found = checker.popRef();
  passLabel(checker, types);
  checker.push(withNullability(found, false));
}

function brOnNonNull(checker: BodyChecker, reader: InstructionReader): void {
  const types = checker.labelTypes(reader.index);
  const found = checker.popRef();
  checker.push(withNullability(found, false));
  passReference(checker, types);
}

/** Lets the reference on top and what stands below pass to a label, then takes the reference away. */
function passReference(checker: BodyChecker, types: readonly ValType[]): void {
  if (types.length === 0) checker.fail(`type mismatch: ${checker.mnemonic} needs a label that takes a reference`);
  passLabel(checker, types);
  checker.popRef();
}

/** `br_on_cast` branches with the type cast to, `br_on_cast_fail` with what is left of the type cast from. */
function brOnCast(branchesOnSuccess: boolean): Rule {
  return (checker, reader) => {
    const types = checker.labelTypes(reader.index);
    checkHeap(checker, reader.heap);
    checkHeap(checker, reader.heap2);
    const from = refType(reader.heap, reader.nullable);
    const to = refType(reader.heap2, reader.nullable2);
    if (!checker.matches(to, from))
      checker.fail(
        `type mismatch: ${checker.mnemonic} casts ${valTypeText(from)} to ${valTypeText(to)}, no subtype of it`,
      );
    const rest = reader.nullable2 ? withNullability(from, false) : from;
    checker.pop(from);
    checker.push(branchesOnSuccess ? to : rest);
    passReference(checker, types);
    checker.push(branchesOnSuccess ? rest : to);
  };
}

/** Between the hierarchies of `any` and `extern`; nullability stays. */
function convert(from: HeapType, to: HeapType): Rule {
  return (checker) => {
    const found = checker.pop(refType(from, true));
    checker.push(refType(to, found !== BOTTOM && isNullable(found)));
  };
}

// Aggregates

function failKind(checker: BodyChecker, typeidx: number, comp: CompType | undefined, kind: string): never {
  if (comp === undefined) return checker.fail(`unknown type ${typeidx}`);
  return checker.fail(`type mismatch: ${checker.mnemonic} needs ${kind} type, type ${typeidx} is of kind ${comp.kind}`);
}

function structFields(checker: BodyChecker, typeidx: number): readonly FieldType[] {
  const comp = checker.context.module.types[typeidx]?.comp;
  return comp?.kind === 'struct' ? comp.fields : failKind(checker, typeidx, comp, 'a struct');
}

function arrayType(checker: BodyChecker, typeidx: number): ArrayType {
  const comp = checker.context.module.types[typeidx]?.comp;
  return comp?.kind === 'array' ? comp : failKind(checker, typeidx, comp, 'an array');
}

function refTo(typeidx: number, nullable: boolean): ValType {
  return refType(concreteHeapType(typeidx), nullable);
}

function structNew(checker: BodyChecker, { index }: InstructionReader): void {
  checker.popTypes(structFields(checker, index).map(({ storage }) => unpacked(storage)));
  checker.push(refTo(index, false));
}

function checkDefaultable(checker: BodyChecker, { storage }: FieldType): void {
  if (!isDefaultable(storage))
    checker.fail(`type mismatch: ${checker.mnemonic} needs default values, ${valTypeText(storage)} has none`);
}

function structNewDefault(checker: BodyChecker, { index }: InstructionReader): void {
  for (const field of structFields(checker, index)) checkDefaultable(checker, field);
  checker.push(refTo(index, false));
}

function structField(checker: BodyChecker, { index, index2 }: InstructionReader): FieldType {
  return structFields(checker, index)[index2] ?? checker.fail(`unknown field ${index2} of type ${index}`);
}

/** `get` reads unpacked fields, `get_s` and `get_u` packed ones. */
function checkPacking(checker: BodyChecker, { storage }: FieldType, packed: boolean): void {
  if (isPacked(storage) !== packed)
    checker.fail(
      `type mismatch: ${checker.mnemonic} reads ${packed ? 'packed' : 'unpacked'} fields, not ${valTypeText(storage)}`,
    );
}

function structGet(packed: boolean): Rule {
  return (checker, reader) => {
    const field = structField(checker, reader);
    checkPacking(checker, field, packed);
    checker.pop(refTo(reader.index, true));
    checker.push(unpacked(field.storage));
  };
}

function structSet(checker: BodyChecker, reader: InstructionReader): void {
  const { storage, mutable } = structField(checker, reader);
  if (!mutable) checker.fail(`immutable field ${reader.index2} of type ${reader.index}`);
  checker.popTypes([refTo(reader.index, true), unpacked(storage)]);
}

function arrayNew(checker: BodyChecker, { index }: InstructionReader): void {
  const { field } = arrayType(checker, index);
  checker.popTypes([unpacked(field.storage), I32]);
  checker.push(refTo(index, false));
}

function arrayNewDefault(checker: BodyChecker, { index }: InstructionReader): void {
  checkDefaultable(checker, arrayType(checker, index).field);
  checker.pop(I32);
  checker.push(refTo(index, false));
}

/** Operands of one array.new_fixed, V8's documented limit. */
const MAX_FIXED_ARRAY_LENGTH = 10_000;

function arrayNewFixed(checker: BodyChecker, { index, index2: length }: InstructionReader): void {
  const type = unpacked(arrayType(checker, index).field.storage);
  if (length > MAX_FIXED_ARRAY_LENGTH)
    checker.fail(`array.new_fixed of ${length} operands exceeds the limit of ${MAX_FIXED_ARRAY_LENGTH}`);
  for (let i = 0; i < length; i++) checker.pop(type);
  checker.push(refTo(index, false));
}

function checkNumericElements(checker: BodyChecker, { field }: ArrayType, typeidx: number): void {
  if (isRef(field.storage)) checker.fail(`array type is not numeric or vector: type ${typeidx} in ${checker.mnemonic}`);
}

function checkMutableArray(checker: BodyChecker, { field }: ArrayType, typeidx: number): void {
  if (!field.mutable) checker.fail(`immutable array type ${typeidx} in ${checker.mnemonic}`);
}

function arrayNewData(checker: BodyChecker, { index, index2 }: InstructionReader): void {
  checkNumericElements(checker, arrayType(checker, index), index);
  checkData(checker, index2);
  checker.popTypes([I32, I32]);
  checker.push(refTo(index, false));
}

function arrayNewElem(checker: BodyChecker, { index, index2 }: InstructionReader): void {
  const { field } = arrayType(checker, index);
  checkElement(checker, knownElem(checker, index2), field.storage);
  checker.popTypes([I32, I32]);
  checker.push(refTo(index, false));
}

function arrayGet(packed: boolean): Rule {
  return (checker, { index }) => {
    const { field } = arrayType(checker, index);
    checkPacking(checker, field, packed);
    checker.popTypes([refTo(index, true), I32]);
    checker.push(unpacked(field.storage));
  };
}

function mutableArray(checker: BodyChecker, typeidx: number): ArrayType {
  const type = arrayType(checker, typeidx);
  checkMutableArray(checker, type, typeidx);
  return type;
}

function arraySet(checker: BodyChecker, { index }: InstructionReader): void {
  const { field } = mutableArray(checker, index);
  checker.popTypes([refTo(index, true), I32, unpacked(field.storage)]);
}

function arrayFill(checker: BodyChecker, { index }: InstructionReader): void {
  const { field } = mutableArray(checker, index);
  checker.popTypes([refTo(index, true), I32, unpacked(field.storage), I32]);
}

function arrayCopy(checker: BodyChecker, { index, index2 }: InstructionReader): void {
  const to = mutableArray(checker, index).field.storage;
  const from = arrayType(checker, index2).field.storage;
  if (!checker.matches(from, to))
    checker.fail(`array types do not match: array.copy from ${valTypeText(from)} to ${valTypeText(to)}`);
  checker.popTypes([refTo(index, true), I32, refTo(index2, true), I32, I32]);
}

function arrayInitData(checker: BodyChecker, { index, index2 }: InstructionReader): void {
  checkNumericElements(checker, mutableArray(checker, index), index);
  checkData(checker, index2);
  checker.popTypes([refTo(index, true), I32, I32, I32]);
}

function arrayInitElem(checker: BodyChecker, { index, index2 }: InstructionReader): void {
  const { field } = mutableArray(checker, index);
  checkElement(checker, knownElem(checker, index2), field.storage);
  checker.popTypes([refTo(index, true), I32, I32, I32]);
}

/** Complete by construction: every row without a signature has its rule. */
const polymorphic = {
  unreachable: (checker) => checker.markUnreachable(),
  block,
  loop: block,
  if: ifRule,
  else: elseRule,
  end,
  br,
  br_if: brIf,
  br_table: brTable,
  return: returnRule,
  call: (checker, { index }) => applyCall(checker, knownFunc(checker, index)),
  call_indirect: (checker, reader) => applyCall(checker, indirectCallee(checker, reader)),
  call_ref: (checker, reader) => applyCall(checker, referencedCallee(checker, reader)),
  return_call: (checker, { index }) => applyTailCall(checker, knownFunc(checker, index)),
  return_call_indirect: (checker, reader) => applyTailCall(checker, indirectCallee(checker, reader)),
  return_call_ref: (checker, reader) => applyTailCall(checker, referencedCallee(checker, reader)),
  throw: throwRule,
  throw_ref: throwRef,
  try_table: tryTable,
  try: block,
  catch: (checker, reader) => catchPart(checker, reader, knownTag(checker, reader.index).params),
  catch_all: (checker, reader) => catchPart(checker, reader, NO_TYPES),
  rethrow,
  delegate,
  drop: (checker) => {
    checker.popAny();
  },
  select,
  select_t: selectTyped,
  'local.get': (checker, { index }) => checker.getLocal(index),
  'local.set': localSet,
  'local.tee': localTee,
  'global.get': (checker, { index }) => checker.push(knownGlobal(checker, index).content),
  'global.set': globalSet,
  'table.get': (checker, { index }) => {
    const { address, element } = knownTable(checker, index);
    checker.pop(address);
    checker.push(element);
  },
  'table.set': (checker, { index }) => {
    const { address, element } = knownTable(checker, index);
    checker.popTypes([address, element]);
  },
  'table.init': tableInit,
  'table.copy': tableCopy,
  'table.grow': (checker, { index }) => {
    const { address, element } = knownTable(checker, index);
    checker.popTypes([element, address]);
    checker.push(address);
  },
  'table.size': (checker, { index }) => checker.push(knownTable(checker, index).address),
  'table.fill': (checker, { index }) => {
    const { address, element } = knownTable(checker, index);
    checker.popTypes([address, element, address]);
  },
  'memory.copy': memoryCopy,
  'ref.null': refNull,
  'ref.is_null': (checker) => {
    checker.popRef();
    checker.push(I32);
  },
  'ref.func': refFunc,
  'ref.as_non_null': (checker) => checker.push(withNullability(checker.popRef(), false)),
  'ref.test': refTest,
  'ref.test null': refTest,
  'ref.cast': refCast(false),
  'ref.cast null': refCast(true),
  br_on_null: brOnNull,
  br_on_non_null: brOnNonNull,
  br_on_cast: brOnCast(true),
  br_on_cast_fail: brOnCast(false),
  'struct.new': structNew,
  'struct.new_default': structNewDefault,
  'struct.get': structGet(false),
  'struct.get_s': structGet(true),
  'struct.get_u': structGet(true),
  'struct.set': structSet,
  'array.new': arrayNew,
  'array.new_default': arrayNewDefault,
  'array.new_fixed': arrayNewFixed,
  'array.new_data': arrayNewData,
  'array.new_elem': arrayNewElem,
  'array.get': arrayGet(false),
  'array.get_s': arrayGet(true),
  'array.get_u': arrayGet(true),
  'array.set': arraySet,
  'array.fill': arrayFill,
  'array.copy': arrayCopy,
  'array.init_data': arrayInitData,
  'array.init_elem': arrayInitElem,
  'any.convert_extern': convert(extern, any),
  'extern.convert_any': convert(any, extern),
} satisfies Record<PolymorphicMnemonic, Rule>;

/** Rows with a signature that name a segment or lanes besides. */
const segmentRules: Partial<Record<Mnemonic, Rule>> = {
  'memory.init': memoryInit,
  'data.drop': (checker, { index }) => checkData(checker, index),
  'elem.drop': (checker, { index }) => {
    knownElem(checker, index);
  },
};

function ruleOf(row: InstructionRow & { readonly name: Mnemonic }): Rule | undefined {
  const own: Rule | undefined = (polymorphic as Partial<Record<Mnemonic, Rule>>)[row.name] ?? segmentRules[row.name];
  if (own !== undefined) return own;
  if (row.imm === 'memarg') return row.proposal === 'threads' ? atomicAccess : memoryAccess;
  if (row.imm === 'memarg_laneidx') return laneAccess;
  if (row.imm === 'laneidx') return lane;
  if (row.imm === 'lanes16') return shuffle;
  if (row.imm === 'memidx') return (checker, { id, index }) => applyAddressed(checker, id, addressOf(checker, index));
  return undefined;
}

/** By `InstrId`; absent where the signature says it all. */
export const rules: readonly (Rule | undefined)[] = instructions.map(ruleOf);
