/**
 * The Python program that runs cases in wasmtime: `python3 -c` gets this text. It reads one JSON message a line and
 * answers with one; its first line says who it is. Messages are in wasmtime.ts.
 */
export const wasmtimeServer = String.raw`
import base64, ctypes, json, sys, threading, time, zlib
from importlib.metadata import version
import wasmtime
from wasmtime import Config, Engine, Func, FuncType, Instance, Module, SharedMemory, Store, Trap, ValType, WasmtimeError
from wasmtime import _ffi as ffi

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
# A module lives for some ms: what pays for itself later is left out.
SHORT_LIVED = {'parallel_compilation': False, 'native_unwind_info': False, 'memory_init_cow': False}
SINGLE_PASS = 1

def make_engine(is_optimised, settings):
    config = Config()
    for name, value in {**{name: True for name in FEATURES}, **SHORT_LIVED}.items():
        try:
            setattr(config, name, value)
        except (AttributeError, WasmtimeError):
            pass
    if not is_optimised:
        config.cranelift_opt_level = 'none'
        choose = getattr(ffi, 'wasmtime_config_cranelift_regalloc_algorithm_set', None)
        if choose:
            choose(config.ptr(), SINGLE_PASS)
    for name, value in settings.items():
        setattr(config, name, value)
    return Engine(config)

def bits(value):
    return '%016x' % (value & MASK)

def memory_bytes(store, memory):
    if isinstance(memory, SharedMemory):
        pointer, length = memory.data_ptr(), memory.data_len()
    else:
        pointer, length = memory.data_ptr(store), memory.data_len(store)
    return ctypes.string_at(pointer, length) if length else b''

def memory_state(data):
    length = len(data)
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

class RawFunc:
    """A function of integers, called without a look at types: a tenth of the time that Func takes."""
    def __init__(self, store, func):
        self.store = store
        self.func = func
        type_pointer = ffi.wasmtime_func_type(store._context(), ctypes.byref(func._func))
        self.result_count = ffi.wasm_functype_results(type_pointer).contents.size
        param_count = ffi.wasm_functype_params(type_pointer).contents.size
        ffi.wasm_functype_delete(type_pointer)
        # A value takes 16 bytes; the integer is in the first eight.
        self.count = max(self.result_count, param_count)
        self.values = (ffi.wasmtime_val_raw_t * max(1, self.count))()
        self.words = memoryview(self.values).cast('B').cast('Q')

    def __call__(self, args):
        words = self.words
        for i, value in enumerate(args):
            words[2 * i] = value
        trap = ctypes.POINTER(ffi.wasm_trap_t)()
        error = ffi.wasmtime_func_call_unchecked(
            self.store._context(), ctypes.byref(self.func._func), self.values, self.count, ctypes.byref(trap))
        if trap:
            raise Trap._from_ptr(trap)
        if error:
            raise WasmtimeError._from_ptr(error)
        return words[0:2 * self.result_count:2].tolist()

class Run:
    def __init__(self, case, limits):
        self.case = case
        self.engine = engines[bool(case.get('isOptimised'))]
        self.store = Store(self.engine)
        self.store.set_epoch_deadline(max(1, int(limits['timeoutMs'] / 1000 / TICK_SECONDS)))
        self.store.set_limits(memory_size=limits['maxMemoryBytes'])
        self.exports = None
        self.funcs = {}
        self.memories = []
        self.log = []

    def note(self, number, value):
        self.log.append([number & 0xffffffff, bits(value)])

    def instantiate(self):
        imports = []
        if self.case['importsLog']:
            imports.append(Func(self.store, FuncType([ValType.i32(), ValType.i64()], []), self.note))
        self.exports = Instance(self.store, self.module, imports).exports(self.store)
        # What it holds and its state; the state is told again only when the bytes are others.
        self.memories = [[self.exports[name], None, None] for name in self.case['memories']]
        return []

    def call(self, name, args=()):
        func = self.funcs.get(name)
        if func is None:
            func = self.funcs[name] = RawFunc(self.store, self.exports[name])
        return ['%016x' % value for value in func([int(text, 16) for text in args])]

    def memory_states(self):
        for each in self.memories:
            data = memory_bytes(self.store, each[0])
            if data != each[1]:
                each[1], each[2] = data, memory_state(data)
        return [state for _, _, state in self.memories]

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
            seen['memories'] = self.memory_states()
            if self.case['state']:
                seen['state'] = self.call(self.case['state'])
        return seen

    def run(self):
        try:
            self.module = Module(self.engine, base64.b64decode(self.case['bytes']))
        except WasmtimeError as error:
            return {'refused': str(error)}
        steps = [self.step(self.instantiate)]
        if self.exports is None:
            return {'steps': steps}
        fuel = self.case['fuelGlobal'] and self.exports[self.case['fuelGlobal']]
        for call in self.case['calls']:
            if fuel:
                fuel.set_value(self.store, self.case['fuel'])
            step = self.step(lambda: self.call(call['name'], call['args']))
            steps.append(step)
            if self.exports is None or 'trap' in step and not step['state'] and self.case['state']:
                break
        return {'steps': steps}

def outcome_of(case, limits):
    run = Run(case, limits)
    try:
        return run.run()
    finally:
        # A memory reserves 4 GiB of addresses, and the store and what it calls back hold each other: thousands of them
        # would wait for Python's collector, until there are no addresses left.
        run.store.close()

def tick():
    while True:
        time.sleep(TICK_SECONDS)
        for engine in engines:
            engine.increment_epoch()

def answer(text):
    sys.stdout.write(json.dumps(text, separators=(',', ':')) + '\n')
    sys.stdout.flush()

settings = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
engines = [make_engine(is_optimised, settings) for is_optimised in (False, True)]
threading.Thread(target=tick, daemon=True).start()
answer({'version': version('wasmtime')})
for line in sys.stdin:
    message = json.loads(line)
    answer([outcome_of(case, message['limits']) for case in message['cases']])
`;
