/** Runs steps in wasmtime: its Python package in one child process for all cases, which gets them as JSON. */
import { spawnSync } from 'node:child_process';
import { type FunctionName, signatures } from '../../src/wasi/index.ts';
import { coreTypeOf } from '../../src/wasi/preview1/signatures.ts';
import { answerText, MEMORY_BYTES, type RawCall } from './steps.ts';

export interface WasmtimeRun {
  /** Folders of this machine: descriptors 3, 4 and so on. */
  readonly preopens: readonly { readonly path: string; readonly readOnly: boolean }[];
  readonly calls: readonly RawCall[];
}

/** A module that does nothing but hand on: a function of preview 1 finds memory only through a guest. */
function guestText(): string {
  const names = Object.keys(signatures) as FunctionName[];
  const lines = names.map((name) => {
    const { parameters, result } = signatures[name];
    const type = `${parameters.map(([, kind]) => `(param ${coreTypeOf(kind)})`).join(' ')} ${
      result === 'errno' ? '(result i32)' : ''
    }`;
    const operands = parameters.map((_, i) => `(local.get ${i})`).join(' ');
    return [
      `(import "wasi_snapshot_preview1" "${name}" (func $${name} ${type}))`,
      `(func (export "${name}") ${type} (call $${name} ${operands}))`,
    ] as const;
  });
  const memory = `(memory (export "memory") ${MEMORY_BYTES / 65536})`;
  return `(module ${lines.map(([first]) => first).join('\n')} ${memory} ${lines.map(([, second]) => second).join('\n')})`;
}

/** Shown are the first bytes of memory, where results and buffers are. */
const SHOWN_BYTES = 65536 + 1024;

const server = `
import base64, json, sys, zlib
from wasmtime import Config, Engine, Linker, Module, Store, WasiConfig, Trap, WasmtimeError
request = json.load(sys.stdin)
engine = Engine()
linker = Linker(engine)
linker.define_wasi()
module = Module(engine, request['guest'])
def run(case):
    store = Store(engine)
    wasi = WasiConfig()
    for i, preopen in enumerate(case['preopens']):
        wasi.preopen_dir(preopen['path'], '/' + str(i), not preopen['readOnly'])
    store.set_wasi(wasi)
    exports = linker.instantiate(store, module).exports(store)
    memory = exports['memory']
    answers = []
    for call in case['calls']:
        for address, data in call['writes']:
            memory.write(store, base64.b64decode(data), address)
        try:
            errno = exports[call['name']](store, *[signed(kind, int(arg)) for kind, arg in call['args']])
            shown = zlib.compress(bytes(memory.read(store, 0, request['shown'])))
            answers.append([errno, base64.b64encode(shown).decode()])
        except (Trap, WasmtimeError) as error:
            answers.append([-1, str(error)])
    return answers
def signed(kind, value):
    bits = 64 if kind == 'i64' else 32
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value
json.dump([run(case) for case in request['cases']], sys.stdout)
`;

export const hasWasmtime =
  spawnSync('python3', ['-c', 'from importlib.metadata import version; assert version("wasmtime")[:3] == "50."'])
    .status === 0;

/** The answers, run by run and step by step. */
export async function runInWasmtime(runs: readonly WasmtimeRun[]): Promise<string[][]> {
  const { inflateSync } = await import('node:zlib');
  const cases = runs.map(({ preopens, calls }) => ({
    preopens,
    calls: calls.map(({ name, args, writes }) => ({
      name,
      args: args.map((arg, i) => [coreTypeOf(signatures[name].parameters[i]![1]), String(arg)]),
      writes: writes.map(([address, bytes]) => [address, Buffer.from(bytes).toString('base64')]),
    })),
  }));
  const { stdout, stderr, status } = spawnSync('python3', ['-c', server], {
    input: JSON.stringify({ guest: guestText(), shown: SHOWN_BYTES, cases }),
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    timeout: 120_000,
  });
  if (status !== 0) throw new Error(`wasmtime does not run: ${stderr}`);
  const answers = JSON.parse(stdout) as [errno: number, shown: string][][];
  return answers.map((steps, i) =>
    steps.map(([errno, shown], j) => {
      if (errno < 0) return `trap ${shown.split('\n').slice(-1)[0]}`;
      return answerText(runs[i]!.calls[j]!, errno, inflateSync(Buffer.from(shown, 'base64')));
    }),
  );
}
