/**
 * Generates the dispatch loops, src/interpreter/loop*.gen.ts, from the table in src/interpreter/slot-ops.ts, and
 * hot-names.gen.ts beside them.
 * Labels are literal numbers: named ones cost 4–11× (docs/rationale.md). `--check` only compares.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { loadTs } from './load-ts.mjs';

const FOLDER = new URL('../src/interpreter/', import.meta.url);

/**
 * How a loop's control is written in one of its variants.
 *
 * @typedef {object} Spelling
 * @property {(fault: number) => string} trap
 * @property {string} slow
 * @property {string} save
 * @property {string} goOn
 * @property {string} anew
 * @property {string} take
 * @property {string} sp
 * @property {string} calls
 * @property {string} stack
 */

/** Leaves the loop, to be entered anew, where its constants are not those of the fiber any more. */
const RELOAD = `fp = t.fp | 0; fuel = t.fuel | 0;
        if (t.I !== I || t.instance !== inst || memory.view !== DV) { t.n = n; return false; }`;

/**
 * `GO_ON` stands after what may have changed the loop's constants; `ANEW` after what has.
 * What only calls use stays in the fiber, and `from` is not kept from one instruction to the next: each variable
 * that the loop carries takes a register or a store from every operation (docs/rationale.md).
 *
 * @type {Spelling}
 */
const IN_SWITCH = {
  trap: (fault) => `fault = ${fault}; break running;`,
  slow: 'fault = -1; break running;',
  save: 't.n = n; t.fp = fp; t.fuel = fuel;',
  goOn: `${RELOAD} from = t.from; if (fuel < 0) break spent; continue;`,
  anew: 't.from = from; t.n = n; return false;',
  take: 'break;',
  sp: 't.sp',
  calls: 't.calls',
  stack: 't.OS',
};

/**
 * A handler returns what comes next. `from` is its own: to store an object in a variable of the module has the garbage
 * collector look at it, at every branch (handlers took 1.16 of the time, measured).
 *
 * @type {Spelling}
 */
const IN_HANDLER = {
  trap: (fault) => `return trap(n, ${fault});`,
  slow: 'return slow(n);',
  save: 't = T; save(n);',
  goOn: 'return goOn(t, n);',
  anew: 't.from = from; return goOn(t, n);',
  take: 'return (fuel -= n.cost) < 0 ? slice(n, n.t) : n.t;',
  sp: 'sp',
  calls: 'calls',
  stack: 'OS',
};

/**
 * Writes one operation's body with its macros spelled out.
 *
 * @param {string} body
 * @param {Spelling} spelling
 * @param {readonly string[]} faultKinds
 */
function expand(body, spelling, faultKinds) {
  return body
    .replaceAll(/TRAP\(([a-z0-9-]+)\)/g, (_, kind) => {
      const number = faultKinds.indexOf(kind);
      if (number < 0) throw new Error(`slot-ops.ts names an unknown fault: ${kind}`);
      return spelling.trap(number);
    })
    .replaceAll('TAKE', spelling.take)
    .replaceAll('SLOW', spelling.slow)
    .replaceAll('SAVE', spelling.save)
    .replaceAll('GO_ON', spelling.goOn)
    .replaceAll('ANEW', spelling.anew)
    .replaceAll(/\bSP\b/g, spelling.sp)
    .replaceAll(/\bCALLS\b/g, spelling.calls)
    .replaceAll(/\bOS\b/g, spelling.stack)

    .replaceAll(/\bA\b/g, '(fp + n.a)')
    .replaceAll(/\bB\b/g, '(fp + n.b)')
    .replaceAll(/\bC\b/g, '(fp + n.c)');
}

const halvesHead = `/**
 * Views and index spaces are constants, so that the compiler checks their shapes once and not at every
 * access; when one changes, the loop is left and entered again. False: enter again.
 */
export function halvesLoop(t: Fiber): boolean {
  const { I, F, S, R, instance: inst } = t;
`;

const switchHead = `let loop: ((t: Fiber) => boolean) | undefined;

/** Runs \`t\` from \`t.n\`. False: enter again. */
export function runSwitch(t: Fiber): boolean {
  if (!takeAgentStack(t)) return halvesLoop(t);
  loop ??= loopOn(agentStack());
  return loop(t);
}

/**
 * Index spaces and memory are constants, so that the compiler checks their shapes once and not at every
 * access; when one changes, the loop is left and entered again. The stack is one for good: made once, the loop is
 * compiled for it.
 */
function loopOn({ I: agentI, F: agentF, S: agentS, B64: agentB64 }: ValueStack): (t: Fiber) => boolean {
  const TWO_32 = BigInt(4294967296);
  // Parameters could change; what these are is part of the code.
  const constI = agentI, constF = agentF, constS = agentS, constB64 = agentB64;

/** False: enter again. */
function switchLoop(t: Fiber): boolean {
  const I = constI, F = constF, S = constS, B64 = constB64;
  const { R, instance: inst } = t;
`;

/** @typedef {{ name: string, doc: string, body: string, halves?: string }} Op */

/**
 * @param {Op} op
 * @param {number} number
 * @param {string} body
 * @param {readonly string[]} faultKinds
 */
function caseOf(op, number, body, faultKinds) {
  const text = expand(body.replaceAll('break;', 'break spent;'), IN_SWITCH, faultKinds);
  const leaves = /(?:continue|break \w+);$/.test(text);
  return `      case ${number}: // ${op.name}: ${op.doc}\n      ${text}${leaves ? '' : ' n = n.next; continue;'}`;
}

const TEMPORARIES = ['x', 'y', 'z', 'w', 's', 'u', 'ea', 'e', 'f', 't', 'from'];

/**
 * @param {Op} op
 * @param {readonly string[]} faultKinds
 */
function handlerOf({ name, doc, body, halves }, faultKinds) {
  const text = expand(halves ?? body, IN_HANDLER, faultKinds)
    .replaceAll('break;', 'return slice(from, n);')
    .replaceAll('continue;', 'return n;')
    .replaceAll('return true;', 'return null;');
  const used = TEMPORARIES.filter((temporary) => new RegExp(`(?<![.\\w])${temporary}\\b`).test(text));
  const declared = used.length === 0 ? '' : `let ${used.join(', ')}; `;
  const leaves = /return [^;{}]*;$/.test(text);
  const whole = `${declared}${text}${leaves ? '' : ' return n.next;'}`;
  return `  // ${name}: ${doc}\n  function (n) { ${withFrame(whole)} },`;
}

/**
 * Takes \`fp\` once: a variable of the module is loaded, and checked to be a small integer, at each use.
 *
 * @param {string} text a handler's
 */
function withFrame(text) {
  const uses = text.match(/\bfp\b/g) ?? [];
  return uses.length < 2 || /\bfp [+-]?=[^=]/.test(text) ? text : `const p = fp; ${text.replaceAll(/\bfp\b/g, 'p')}`;
}

/**
 * @param {'bigint' | 'halves'} form
 * @param {readonly Op[]} hotOps
 * @param {{ faultKinds: readonly string[] }} faults
 */
function loopText(form, hotOps, { faultKinds }) {
  const isHalves = form === 'halves';
  const cases = hotOps.map((op, number) => {
    return caseOf(op, number, (isHalves ? op.halves : undefined) ?? op.body, faultKinds);
  });
  return `// @ts-nocheck: generated by scripts/gen-loop.mjs from slot-ops.ts; its operands are checked there and by the tests.
/**
 * The dispatch loop${isHalves ? ' with halves' : ''}: runs a fiber. Generated; do not edit.
 * Temporaries are function-level: block-scoped ones cost 8–12 % without a JIT (docs/rationale.md).
 */
${isHalves ? '' : "import { agentStack, takeAgentStack, type ValueStack } from './agent-stack.ts';\n"}import { runBehind, slowAccess } from './cold/index.ts';
import { callElement } from './calls.ts';
import type { Fiber } from './fiber.ts';
${isHalves ? '' : "import { halvesLoop } from './loop-halves.gen.ts';\n"}import { fail, growStack, onSlice } from './scheduler.ts';

${isHalves ? halvesHead : switchHead}  const { memory0: memory, funcs, tables, cells } = inst;
  const { view: DV, bytes: U8, byteLength } = memory;
  const mb = byteLength > 0x7fffffff ? 0x7fffffff : byteLength | 0;
  const maxFrames = t.meter.maxFrames, stackWords = t.words;
  let n = t.n, from = null, fp = t.fp | 0, fuel = t.fuel | 0;
  let fault = 0, x = 0, y = 0, z = 0, w = 0, s = 0, u = 0, ea = 0, e = null, f = null;
  if (fuel < 0) {
    n = onSlice(t, t.from, n);
    if (n === null) return true;
    fuel = t.fuel | 0;
  }
  for (;;) {
    running: {
      spent: {
      switch (n.op) {
${cases.join('\n')}
      default:
        ${IN_SWITCH.save}
        n = runBehind(t, n, fp);
        if (n === null) return true;
        ${RELOAD}
        from = t.from;
        if (fuel < 0) break spent;
        continue;
      }
      // A branch that is taken: one text for all leaves room for 14 pairs and is no slower (0.97, measured).
      // The same for \`n = n.next\` makes everything 1.2 times as slow.
      fuel -= n.cost; from = n; n = n.t;
      if (fuel >= 0) continue;
      }
      // Fuel ran out.
      ${IN_SWITCH.save}
      n = onSlice(t, from, n);
      if (n === null) return true;
      if (t.fuel < 0) { ${RELOAD} continue; }
      // Entering anew takes up better code than the one that replaced a running loop (1.6×, measured).
      t.n = n;
      return false;
    }
    // A fault, or an access for the cold path.
    ${IN_SWITCH.save}
    if (fault > 0) fail(fault);
    slowAccess(t, n, fp);
    fault = 0;
    n = n.next;
  }
}${isHalves ? '' : '\nreturn switchLoop;\n}'}
`;
}

/**
 * @param {readonly Op[]} hotOps
 * @param {readonly string[]} faultKinds
 */
function handlersText(hotOps, faultKinds) {
  const handlers = hotOps.map((op) => handlerOf(op, faultKinds));
  return `// @ts-nocheck: generated by scripts/gen-loop.mjs from slot-ops.ts; its operands are checked there and by the tests.
/**
 * The loop of handlers: each operation is a function that returns the next instruction. For hosts where a switch is a
 * chain of comparisons. Generated; do not edit. What a switch keeps in locals stands in variables of the module.
 */
import { setOperations } from '../runtime/index.ts';
import { agentStack, takeAgentStack, type ValueStack } from './agent-stack.ts';
import { callElement } from './calls.ts';
import { coldHandlers, controlHandlers, pureHandlers, slowAccess } from './cold/index.ts';
import type { Fiber } from './fiber.ts';
import { halvesLoop } from './loop-halves.gen.ts';
import { EXIT, LINK } from './pseudo.ts';
import { fail, growStack, onSlice } from './scheduler.ts';

// Not let: a closure would check at each access that it has been initialised.
var T = null, R, OS, inst, funcs, tables, cells, DV, U8, mb, maxFrames, stackWords;
var fp = 0, sp = 0, fuel = 0, calls = 0, entersAgain = false;

function load(t) {
  T = t; R = t.R; OS = t.OS; inst = t.instance;
  funcs = inst.funcs; tables = inst.tables; cells = inst.cells;
  const { view, bytes, byteLength } = inst.memory0;
  DV = view; U8 = bytes; mb = byteLength > 0x7fffffff ? 0x7fffffff : byteLength | 0;
  maxFrames = t.meter.maxFrames; stackWords = t.words;
  fp = t.fp | 0; sp = t.sp | 0; fuel = t.fuel | 0; calls = t.calls | 0;
}

/** Keeps nothing of a fiber that may never run again: its instance, module and memory. */
function release() {
  T = R = OS = inst = funcs = tables = cells = DV = U8 = null;
}

function save(n) {
  T.n = n; T.fp = fp; T.sp = sp; T.fuel = fuel; T.calls = calls;
}

function trap(n, fault) {
  save(n);
  fail(fault);
}

function slow(n) {
  save(n);
  slowAccess(T, n, fp);
  return n.next;
}

/** Leaves the loop, which is to be entered again at \`n\`. */
function leave(t, n) {
  t.n = n;
  entersAgain = true;
  return null;
}

/** Fuel ran out on the way from \`from\` to \`n\`: takes the next slice. Null: the loop is left. */
function slice(from, n) {
  const t = T;
  save(n);
  n = onSlice(t, from, n);
  if (n === null) return null;
  if (t.fuel >= 0 || !hasAgentStack(t)) return leave(t, n);
  load(t);
  return n;
}

/** After what may have changed all there is, the fiber's stack too. */
function goOn(t, n) {
  if (!hasAgentStack(t)) return leave(t, n);
  load(t);
  return fuel < 0 ? slice(t.from, n) : n;
}

function hasAgentStack(t) {
  return t.I === agentStack().I;
}

/** Runs \`t\` from \`t.n\`. False: enter again. */
export function handlersLoop(t: Fiber): boolean {
  if (!takeAgentStack(t)) return halvesLoop(t);
  const outer = T;
  load(t);
  let n = t.n;
  if (fuel < 0) n = slice(t.from, n);
  try {
    while (n !== null) n = n.h(n);
  } finally {
    if (outer !== null) load(outer);
    else release();
  }
  const hasStopped = !entersAgain;
  entersAgain = false;
  return hasStopped;
}

/**
 * The operations in the order of their numbers. A stack that is a constant is part of the compiled code: 0.94 of the
 * time (measured).
 */
function operationsOn({ I: agentI, F: agentF, S: agentS }: ValueStack) {
  const I = agentI, F = agentF, S = agentS;

const hot = [
${handlers.join('\n')}
];

const cold = coldHandlers.map((handler) => function (n) {
  save(n);
  handler(T, n, fp);
  return n.next;
});

const control = controlHandlers.map((handler) => function (n) {
  const t = T;
  save(n);
  n = handler(t, n, fp);
  return n === null ? null : goOn(t, n);
});

const pure = pureHandlers.map((handler) => function (n) {
  handler(T, n, fp);
  return n.next;
});

return [...hot, ...cold, ...control, ...pure];
}

setOperations(operationsOn(agentStack()));
// These were made before there were operations.
EXIT.next.setOp(EXIT.next.op);
LINK.next.setOp(LINK.next.op);
`;
}

const MODEL_SIZE = 256;

/** Small models of the loops, to be timed on a host: as many cases as a loop has, each of a line. */
function modelsText() {
  const numbers = Array.from({ length: MODEL_SIZE }, (_, number) => number);
  const step = (/** @type {number} */ number) => `I[n.a] = (I[n.a] + ${number}) | 0;`;
  return `/**
 * Models of a dispatch loop as a switch and as handlers, for choose-loop.ts to time. Generated by scripts/gen-loop.mjs;
 * do not edit.
 */
export interface ModelInstr {
  readonly number: number;
  readonly h: (n: ModelInstr) => ModelInstr;
  readonly a: number;
  next: ModelInstr | null;
}

export const modelSize = ${MODEL_SIZE};
const I = new Int32Array(16);

export function switchModel(first: ModelInstr, steps: number): void {
  let n = first;
  for (let left = steps; left > 0; left--) {
    switch (n.number) {
${numbers.map((number) => `      case ${number}: ${step(number).replaceAll('I[n.a] +', 'I[n.a]! +')} break;`).join('\n')}
    }
    n = n.next!;
  }
}

export const modelHandlers: readonly ModelInstr['h'][] = [
${numbers.map((number) => `  (n) => { ${step(number).replaceAll('I[n.a] +', 'I[n.a]! +')} return n.next!; },`).join('\n')}
];

export function handlersModel(first: ModelInstr, steps: number): void {
  let n = first;
  for (let left = steps; left > 0; left--) n = n.h(n);
}
`;
}

/**
 * The names by number, in a file of their own: the program needs no more of the table.
 *
 * @param {readonly { name: string }[]} hotOps
 */
function namesText(hotOps) {
  const lines = hotOps.map(({ name }) => `  '${name}',`);
  return `/** Names of the dispatch loop's operations, in the order of their numbers. Generated by scripts/gen-loop.mjs; do not edit. */
export const hotOpNames = [
${lines.join('\n')}
] as const;
`;
}

/**
 * @param {string} name of the file in src/interpreter
 * @param {string} text
 */
function emit(name, text) {
  const target = new URL(name, FOLDER);
  const present = existsSync(target) ? readFileSync(target, 'utf8') : '';
  if (present === text) return;
  if (!process.argv.includes('--check')) {
    writeFileSync(target, text);
    return;
  }
  console.error(`src/interpreter/${name} is stale: run npm run gen`);
  process.exitCode = 1;
}

const { hotOps } = await loadTs('src/interpreter/slot-ops.ts');
emit('hot-names.gen.ts', namesText(hotOps));
const faults = await loadTs('src/interpreter/faults.ts');
emit('loop.gen.ts', loopText('bigint', hotOps, faults));
emit('loop-halves.gen.ts', loopText('halves', hotOps, faults));
emit('loop-models.gen.ts', modelsText());
emit('loop-handlers.gen.ts', handlersText(hotOps, faults.faultKinds));
