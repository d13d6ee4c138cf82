/**
 * The naive peer: an interpreter as one writes it first. It walks the raw bytes, keeps values in an array, i64 as
 * BigInt, and calls itself for calls. It is here to be compared with, and is not made faster on purpose, nor slower:
 * blocks' ends are looked up, not searched each time. NaNs' payloads are not kept.
 */
import { Bytes, decode, zeroOf } from './module.mjs';
import { executeNumeric } from './numeric.mjs';

/** @typedef {import('./module.mjs').NaiveModule} NaiveModule */
/** @typedef {import('./module.mjs').Func} Func */
/** @typedef {{ else: number, end: number }} BlockEnds */
/** @typedef {{ target: number, arity: number, height: number, handlers?: Handler[] }} Label */
/** @typedef {{ kind: number, tag: number, depth: number }} Handler */

const PAGE_BYTES = 65536;

class Thrown {
  /**
   * @param {number} tag
   * @param {unknown[]} values
   */
  constructor(tag, values) {
    this.tag = tag;
    this.values = values;
  }
}

/**
 * @param {Uint8Array} bytes a valid module without imports
 * @returns {{ exports: Record<string, (...args: unknown[]) => unknown> }}
 */
export function instantiate(bytes) {
  const module = decode(bytes);
  const instance = new Instance(module);
  /** @type {Record<string, (...args: unknown[]) => unknown>} */
  const exports = {};
  for (const name of Object.keys(module.exports)) {
    const func = instance.funcAt(/** @type {number} */ (module.exports[name]));
    exports[name] = (...args) => instance.call(func, args)[0];
  }
  return { exports };
}

class Instance {
  constructor(/** @type {NaiveModule} */ module) {
    this.module = module;
    this.memory = new Uint8Array(module.pageCount * PAGE_BYTES);
    this.view = new DataView(this.memory.buffer);
    /** @type {(Func | null)[]} */
    this.table = [];
    while (this.table.length < module.tableLength) this.table.push(null);
    this.globals = module.globals.slice();
    /** @type {Map<number, BlockEnds>} */
    this.blocks = new Map();
    for (const func of module.functions) this.findBlocks(func);
    for (const { offset, functions } of module.elements) {
      functions.forEach((index, i) => {
        this.table[offset + i] = this.funcAt(index);
      });
    }
    for (const { offset, bytes } of module.data) this.memory.set(bytes, offset);
  }

  funcAt(/** @type {number} */ index) {
    return /** @type {Func} */ (this.module.functions[index]);
  }

  /** Notes for every block, by where its body begins, where its `else` and its `end` stand. */
  findBlocks(/** @type {Func} */ func) {
    const reader = new Bytes(this.module.bytes, func.start);
    /** @type {BlockEnds[]} */
    const open = [];
    while (reader.at < func.end) {
      const opcode = reader.byte();
      skipImmediates(reader, opcode);
      const innermost = open[open.length - 1];
      if (opcode === 0x02 || opcode === 0x03 || opcode === 0x04 || opcode === 0x1f) {
        const ends = { else: 0, end: 0 };
        this.blocks.set(reader.at, ends);
        open.push(ends);
      } else if (opcode === 0x05 && innermost) innermost.else = reader.at;
      else if (opcode === 0x0b && innermost) {
        innermost.end = reader.at;
        open.pop();
      }
    }
  }

  /**
   * @param {Func} func
   * @param {unknown[]} args
   * @returns {unknown[]}
   */
  call(func, args) {
    const locals = args;
    for (const type of func.locals) locals.push(zeroOf(type));
    /** @type {any[]} */
    const stack = [];
    /** @type {Label[]} */
    const labels = [{ target: func.end, arity: func.type.results.length, height: 0 }];
    const reader = new Bytes(this.module.bytes, func.start);
    for (;;) {
      try {
        this.execute(func, reader, locals, stack, labels);
        return stack.splice(stack.length - func.type.results.length);
      } catch (thrown) {
        if (!(thrown instanceof Thrown) || !this.handle(thrown, reader, stack, labels)) throw thrown;
      }
    }
  }

  /**
   * Goes on at the innermost handler for what was thrown, when this function has one.
   *
   * @param {Thrown} thrown
   * @param {Bytes} reader
   * @param {any[]} stack
   * @param {Label[]} labels
   */
  handle(thrown, reader, stack, labels) {
    for (let label = labels.pop(); label !== undefined; label = labels.pop()) {
      for (const { kind, tag, depth } of label.handlers || []) {
        // `catch` of its tag, or `catch_all`; exception references are not known.
        if (kind !== 2 && (kind !== 0 || tag !== thrown.tag)) continue;
        stack.length = label.height;
        if (kind === 0) for (const value of thrown.values) stack.push(value);
        branch(reader, stack, labels, depth);
        return true;
      }
    }
    return false;
  }

  /** @param {Bytes} reader */
  blockType(reader) {
    const index = reader.s32();
    if (index >= 0) {
      const { params, results } = /** @type {import('./module.mjs').FuncType} */ (this.module.types[index]);
      return { parameters: params.length, results: results.length };
    }
    // A reference type is a byte and a heap type.
    if (index === -28 || index === -29) reader.s32();
    return { parameters: 0, results: index === -64 ? 0 : 1 };
  }

  /**
   * @param {Func} func
   * @param {Bytes} reader
   * @param {any[]} locals
   * @param {any[]} stack
   * @param {Label[]} labels
   */
  execute(func, reader, locals, stack, labels) {
    while (reader.at < func.end) {
      const opcode = reader.byte();
      switch (opcode) {
        case 0x00:
          throw new Error('unreachable');
        case 0x01:
          break;
        case 0x02: // block
        case 0x03: // loop
        case 0x04: // if
        case 0x1f: {
          // try_table
          const { parameters, results } = this.blockType(reader);
          const handlers = opcode === 0x1f ? readHandlers(reader) : undefined;
          const start = reader.at;
          const ends = /** @type {BlockEnds} */ (this.blocks.get(start));
          let entered = true;
          if (opcode === 0x04 && stack.pop() === 0) {
            if (ends.else === 0) {
              reader.at = ends.end;
              entered = false;
            } else reader.at = ends.else;
          }
          if (!entered) break;
          const isLoop = opcode === 0x03;
          labels.push({
            // A branch takes its label off; the loop's own start puts it on again.
            target: isLoop ? start : ends.end,
            arity: isLoop ? -1 - parameters : results,
            height: stack.length - parameters,
            ...(handlers === undefined ? {} : { handlers }),
          });
          break;
        }
        case 0x05: {
          // else, reached from the first arm
          const label = /** @type {Label} */ (labels.pop());
          reader.at = label.target;
          break;
        }
        case 0x08: {
          const tag = reader.u32();
          const type = this.module.types[/** @type {number} */ (this.module.tags[tag])];
          const count = type === undefined ? 0 : type.params.length;
          throw new Thrown(tag, stack.splice(stack.length - count));
        }
        case 0x0b:
          labels.pop();
          break;
        case 0x0c:
          branch(reader, stack, labels, reader.u32());
          break;
        case 0x0d: {
          const depth = reader.u32();
          if (stack.pop() !== 0) branch(reader, stack, labels, depth);
          break;
        }
        case 0x0e: {
          const depths = reader.list(() => reader.u32());
          const otherwise = reader.u32();
          const chosen = depths[stack.pop() >>> 0];
          branch(reader, stack, labels, chosen === undefined ? otherwise : chosen);
          break;
        }
        case 0x0f:
          return;
        case 0x10:
          this.callWith(this.funcAt(reader.u32()), stack);
          break;
        case 0x11: {
          const type = this.module.types[reader.u32()];
          reader.u32();
          const callee = this.table[stack.pop() >>> 0];
          if (!callee) throw new Error('undefined element');
          if (callee.type !== type) throw new Error('indirect call type mismatch');
          this.callWith(callee, stack);
          break;
        }
        case 0x1a:
          stack.pop();
          break;
        case 0x1b: {
          const condition = stack.pop();
          const second = stack.pop();
          if (condition === 0) stack[stack.length - 1] = second;
          break;
        }
        case 0x20:
          stack.push(locals[reader.u32()]);
          break;
        case 0x21:
          locals[reader.u32()] = stack.pop();
          break;
        case 0x22:
          locals[reader.u32()] = stack[stack.length - 1];
          break;
        case 0x23:
          stack.push(this.globals[reader.u32()]);
          break;
        case 0x24:
          this.globals[reader.u32()] = stack.pop();
          break;
        case 0x41:
          stack.push(reader.s32());
          break;
        case 0x42:
          stack.push(reader.s64());
          break;
        case 0x43:
          stack.push(reader.f32());
          break;
        case 0x44:
          stack.push(reader.f64());
          break;
        case 0xd0:
          reader.s32();
          stack.push(null);
          break;
        case 0xd1:
          stack.push(stack.pop() === null ? 1 : 0);
          break;
        case 0xfb:
          this.executeStruct(reader, stack);
          break;
        case 0xfc:
          this.executeBulk(reader, stack);
          break;
        default:
          if (opcode >= 0x28 && opcode <= 0x40) this.executeMemory(opcode, reader, stack);
          else if (opcode >= 0x45 && opcode <= 0xc4) executeNumeric(opcode, stack);
          else throw new Error(`opcode 0x${opcode.toString(16)} is not known`);
      }
    }
  }

  /**
   * @param {Func} callee
   * @param {any[]} stack
   */
  callWith(callee, stack) {
    const args = stack.splice(stack.length - callee.type.params.length);
    for (const result of this.call(callee, args)) stack.push(result);
  }

  /**
   * @param {number} opcode
   * @param {Bytes} reader
   * @param {any[]} stack
   */
  executeMemory(opcode, reader, stack) {
    if (opcode >= 0x3f) {
      reader.byte();
      const pageCount = this.memory.length / PAGE_BYTES;
      if (opcode === 0x40) this.grow(stack.pop() >>> 0);
      stack.push(pageCount);
      return;
    }
    reader.u32();
    const offset = reader.u32();
    const { view } = this;
    if (opcode >= 0x36) {
      const value = stack.pop();
      const at = (stack.pop() >>> 0) + offset;
      switch (opcode) {
        case 0x36: // i32.store
          return view.setInt32(at, value, true);
        case 0x37: // i64.store
          return view.setBigInt64(at, value, true);
        case 0x38: // f32.store
          return view.setFloat32(at, value, true);
        case 0x39: // f64.store
          return view.setFloat64(at, value, true);
        case 0x3a: // i32.store8
          return view.setInt8(at, value);
        case 0x3b: // i32.store16
          return view.setInt16(at, value, true);
        case 0x3c: // i64.store8
          return view.setInt8(at, Number(BigInt.asIntN(8, value)));
        case 0x3d: // i64.store16
          return view.setInt16(at, Number(BigInt.asIntN(16, value)), true);
        default: // i64.store32
          return view.setInt32(at, Number(BigInt.asIntN(32, value)), true);
      }
    }
    const at = (stack.pop() >>> 0) + offset;
    stack.push(load(opcode, view, at));
  }

  grow(/** @type {number} */ pages) {
    const bytes = new Uint8Array(this.memory.length + pages * PAGE_BYTES);
    bytes.set(this.memory);
    this.memory = bytes;
    this.view = new DataView(bytes.buffer);
  }

  /**
   * @param {Bytes} reader
   * @param {any[]} stack
   */
  executeStruct(reader, stack) {
    const opcode = reader.u32();
    const type = this.module.types[reader.u32()];
    if (opcode === 0x00) {
      stack.push(stack.splice(stack.length - (type === undefined ? 0 : type.params.length)));
    } else if (opcode === 0x01) {
      stack.push(type === undefined ? [] : type.params.map(zeroOf));
    } else if (opcode === 0x02) {
      const struct = stack.pop();
      if (struct === null) throw new Error('null structure reference');
      stack.push(struct[reader.u32()]);
    } else if (opcode === 0x05) {
      const value = stack.pop();
      stack.pop()[reader.u32()] = value;
    } else throw new Error(`opcode 0xfb ${opcode} is not known`);
  }

  /**
   * @param {Bytes} reader
   * @param {any[]} stack
   */
  executeBulk(reader, stack) {
    const opcode = reader.u32();
    if (opcode < 8) {
      stack.push(truncateSaturating(opcode, stack.pop()));
      return;
    }
    if (opcode !== 10 && opcode !== 11) throw new Error(`opcode 0xfc ${opcode} is not known`);
    reader.byte();
    if (opcode === 10) reader.byte();
    const length = stack.pop() >>> 0;
    const source = stack.pop();
    const target = stack.pop() >>> 0;
    const from = opcode === 10 ? source >>> 0 : 0;
    if (target + length > this.memory.length || from + length > this.memory.length)
      throw new Error('out of bounds memory access');
    if (opcode === 10) this.memory.copyWithin(target, from, from + length);
    else this.memory.fill(source, target, target + length);
  }
}

/** @param {Bytes} reader */
function readHandlers(reader) {
  return reader.list(() => {
    const kind = reader.byte();
    const tag = kind < 2 ? reader.u32() : 0;
    return { kind, tag, depth: reader.u32() };
  });
}

/**
 * @param {Bytes} reader
 * @param {any[]} stack
 * @param {Label[]} labels
 * @param {number} depth
 */
function branch(reader, stack, labels, depth) {
  const at = labels.length - 1 - depth;
  const label = /** @type {Label} */ (labels[at]);
  const isLoop = label.arity < 0;
  const arity = isLoop ? -1 - label.arity : label.arity;
  if (stack.length > label.height + arity) {
    const values = stack.splice(stack.length - arity);
    stack.length = label.height;
    for (const value of values) stack.push(value);
  }
  labels.length = isLoop ? at + 1 : at;
  reader.at = label.target;
}

/**
 * @param {Bytes} reader
 * @param {number} opcode
 */
function skipImmediates(reader, opcode) {
  if (opcode >= 0x28 && opcode <= 0x3e) {
    reader.u32();
    reader.u32();
  } else if (opcode === 0x42) reader.s64();
  else if (opcode === 0x43) reader.at += 4;
  else if (opcode === 0x44) reader.at += 8;
  else if (opcode === 0x0e) {
    reader.list(() => reader.u32());
    reader.u32();
  } else if (opcode === 0x11) {
    reader.u32();
    reader.u32();
  } else if (opcode === 0x02 || opcode === 0x03 || opcode === 0x04 || opcode === 0x1f) {
    const type = reader.s32();
    if (type === -28 || type === -29) reader.s32();
    if (opcode === 0x1f) readHandlers(reader);
  } else if (opcode === 0xfb) skipStruct(reader);
  else if (opcode === 0xfc) skipBulk(reader);
  else if (opcode === 0xfd) throw new Error('vectors are not known');
  else if (opcode === 0x41 || opcode === 0xd0) reader.s32();
  else if ((opcode >= 0x0c && opcode <= 0x10) || (opcode >= 0x20 && opcode <= 0x24) || opcode === 0x08) {
    if (opcode !== 0x0f) reader.u32();
  } else if (opcode === 0x3f || opcode === 0x40) reader.byte();
}

/** @param {Bytes} reader */
function skipStruct(reader) {
  const opcode = reader.u32();
  reader.u32();
  if (opcode >= 2) reader.u32();
}

/** @param {Bytes} reader */
function skipBulk(reader) {
  const opcode = reader.u32();
  if (opcode >= 8) reader.byte();
  if (opcode === 10) reader.byte();
}

/**
 * @param {number} opcode
 * @param {DataView} view
 * @param {number} at
 */
function load(opcode, view, at) {
  switch (opcode) {
    case 0x28: // i32.load
      return view.getInt32(at, true);
    case 0x29: // i64.load
      return view.getBigInt64(at, true);
    case 0x2a: // f32.load
      return view.getFloat32(at, true);
    case 0x2b: // f64.load
      return view.getFloat64(at, true);
    case 0x2c: // i32.load8_s
      return view.getInt8(at);
    case 0x2d: // i32.load8_u
      return view.getUint8(at);
    case 0x2e: // i32.load16_s
      return view.getInt16(at, true);
    case 0x2f: // i32.load16_u
      return view.getUint16(at, true);
    case 0x30: // i64.load8_s
      return BigInt(view.getInt8(at));
    case 0x31: // i64.load8_u
      return BigInt(view.getUint8(at));
    case 0x32: // i64.load16_s
      return BigInt(view.getInt16(at, true));
    case 0x33: // i64.load16_u
      return BigInt(view.getUint16(at, true));
    case 0x34: // i64.load32_s
      return BigInt(view.getInt32(at, true));
    default: // i64.load32_u
      return BigInt(view.getUint32(at, true));
  }
}

/**
 * @param {number} opcode
 * @param {number} value
 */
function truncateSaturating(opcode, value) {
  const isWide = opcode >= 4;
  const isSigned = opcode % 2 === 0;
  const bits = isWide ? 64 : 32;
  const low = isSigned ? -(2 ** (bits - 1)) : 0;
  const high = 2 ** (isSigned ? bits - 1 : bits);
  const whole = Number.isNaN(value) ? 0 : Math.trunc(value);
  if (!isWide) return Math.min(Math.max(whole, low), high - 1) | 0;
  if (whole >= high) return BigInt.asIntN(64, BigInt(high) - BigInt(1));
  return BigInt.asIntN(64, BigInt(Math.max(whole, low)));
}
