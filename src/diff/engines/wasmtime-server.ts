/**
 * The Python program that runs cases in wasmtime: `python3 -c` gets this text. It reads one JSON message a line and
 * answers with one; its first line says who it is. Messages are in wasmtime.ts.
 */
export const wasmtimeServer = String.raw`
import base64, ctypes, json, sys, threading, time, zlib
from importlib.metadata import version
import wasmtime
from wasmtime import Config, Engine, Func, FuncType, Instance, Module, SharedMemory, Store, Trap, ValType, WasmtimeError

TICK_SECONDS = 0.02
BLOCK = 4096
CHUNK = 16 * BLOCK
ZEROS = bytes(CHUNK)
MASK = (1 << 64) - 1
# What one wheel lacks another has: what is missing shows as modules that are refused.
FEATURES = (
    'wasm_threads', 'wasm_tail_call', 'wasm_multi_memory', 'wasm_memory64', 'wasm_relaxed_simd',
    'wasm_relaxed_simd_deterministic', 'wasm_exceptions', 'wasm_function_references', 'wasm_gc',
    'wasm_wide_arithmetic', 'wasm_custom_page_sizes', 'shared_memory', 'epoch_interruption',
)

def make_engine(settings):
    config = Config()
    for name in FEATURES:
        try:
            setattr(config, name, True)
        except (AttributeError, WasmtimeError):
            pass
    config.parallel_compilation = False
    for name, value in settings.items():
        setattr(config, name, value)
    return Engine(config)

def bits(value):
    return '%016x' % (value & MASK)

def memory_state(store, memory):
    if isinstance(memory, SharedMemory):
        pointer, length = memory.data_ptr(), memory.data_len()
    else:
        pointer, length = memory.data_ptr(store), memory.data_len(store)
    data = ctypes.string_at(pointer, length) if length else b''
    blocks = []
    for chunk in range(0, length, CHUNK):
        end = min(chunk + CHUNK, length)
        part = data[chunk:end]
        if part == ZEROS[:end - chunk]:
            continue
        for at in range(0, end - chunk, BLOCK):
            block = part[at:at + BLOCK]
            if block == ZEROS[:len(block)]:
                continue
            blocks.append([(chunk + at) // BLOCK, '%08x' % zlib.crc32(block)])
    return {'byteLength': length, 'blocks': blocks}

class Run:
    def __init__(self, case, limits):
        self.case = case
        self.store = Store(engine)
        self.store.set_epoch_deadline(max(1, int(limits['timeoutMs'] / 1000 / TICK_SECONDS)))
        self.store.set_limits(memory_size=limits['maxMemoryBytes'])
        self.exports = None
        self.log = []

    def note(self, number, value):
        self.log.append([number & 0xffffffff, bits(value)])

    def instantiate(self):
        imports = []
        if self.case['importsLog']:
            imports.append(Func(self.store, FuncType([ValType.i32(), ValType.i64()], []), self.note))
        self.exports = Instance(self.store, self.module, imports).exports(self.store)
        return []

    def call(self, name, args=()):
        result = self.exports[name](self.store, *[int(text, 16) for text in args])
        if result is None:
            return []
        return [bits(value) for value in result] if isinstance(result, list) else [bits(result)]

    def step(self, act):
        self.log = []
        seen = {'memories': [], 'state': []}
        try:
            seen['results'] = act()
        except Trap as trap:
            seen['trap'] = trap.message
        except WasmtimeError as error:
            seen['trap'] = str(error)
        seen['log'] = self.log
        is_alive = self.exports is not None and not any(word in seen.get('trap', '') for word in ('interrupt', 'stack exhausted'))
        if is_alive:
            seen['memories'] = [memory_state(self.store, self.exports[name]) for name in self.case['memories']]
            if self.case['state']:
                seen['state'] = self.call(self.case['state'])
        return seen

    def run(self):
        try:
            self.module = Module(engine, base64.b64decode(self.case['bytes']))
        except WasmtimeError as error:
            return {'refused': str(error)}
        steps = [self.step(self.instantiate)]
        if self.exports is None:
            return {'steps': steps}
        fuel = self.case['fuelGlobal']
        for call in self.case['calls']:
            if fuel:
                self.exports[fuel].set_value(self.store, self.case['fuel'])
            step = self.step(lambda: self.call(call['name'], call['args']))
            steps.append(step)
            if self.exports is None or 'trap' in step and not step['state'] and self.case['state']:
                break
        return {'steps': steps}

def tick():
    while True:
        time.sleep(TICK_SECONDS)
        engine.increment_epoch()

def answer(text):
    sys.stdout.write(json.dumps(text, separators=(',', ':')) + '\n')
    sys.stdout.flush()

engine = make_engine(json.loads(sys.argv[1]) if len(sys.argv) > 1 else {})
threading.Thread(target=tick, daemon=True).start()
answer({'version': version('wasmtime')})
for line in sys.stdin:
    message = json.loads(line)
    answer([Run(case, message['limits']).run() for case in message['cases']])
`;
