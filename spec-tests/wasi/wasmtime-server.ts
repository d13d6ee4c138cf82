/**
 * The Python program that runs sequences in wasmtime: `python3 -c` gets this text. It reads one JSON message a line and
 * answers with one; its first line says who it is. Messages are in wasmtime-side.ts.
 */
export const wasmtimeServer = String.raw`
import base64, ctypes, json, os, sys
from importlib.metadata import version
from wasmtime import Config, Engine, ExitTrap, Linker, Module, Store, Trap, WasiConfig, WasmtimeError

GUARD = 0xa5

CHUNK = 1024
UNTOUCHED = bytes([GUARD]) * 65536

def changes(before, after):
    if before == after:
        return []
    found = []
    for chunk in range(0, len(after), CHUNK):
        end = chunk + CHUNK
        if before[chunk:end] == after[chunk:end]:
            continue
        at = chunk
        while at < end:
            if before[at] == after[at]:
                at += 1
                continue
            start = at
            while at < end and before[at] != after[at]:
                at += 1
            found.append([start, after[start:at].hex()])
    return found

def run(message):
    store = Store(engine)
    config = WasiConfig()
    config.argv = message['args']
    config.env = message['env']
    config.stdin_file = os.path.join(message['root'], 'stdin')
    stdout, stderr = os.path.join(message['root'], 'stdout'), os.path.join(message['root'], 'stderr')
    config.stdout_file = stdout
    config.stderr_file = stderr
    for name in message['preopens']:
        config.preopen_dir(os.path.join(message['root'], name), name)
    store.set_wasi(config)
    exports = linker.instantiate(store, module).exports(store)
    memory = exports['memory']
    pointer, size = memory.data_ptr(store), memory.data_len(store)
    seen = []
    for name, args, placed in message['steps']:
        before = UNTOUCHED
        if placed:
            before = bytearray(UNTOUCHED)
            for address, text in placed:
                part = bytes.fromhex(text)
                before[address:address + len(part)] = part
            before = bytes(before)
        ctypes.memmove(pointer, before, size)
        step = {}
        try:
            result = exports[name](store, *[int(arg) for arg in args])
            step['errno'] = result
        except ExitTrap as exit:
            step['exit'] = exit.code
        except (Trap, WasmtimeError) as error:
            step['trap'] = str(error)
        step['changed'] = changes(before, ctypes.string_at(pointer, size))
        seen.append(step)
        if 'errno' not in step:
            break
    del exports, memory, store
    answer = {'steps': seen}
    for key, path in (('stdout', stdout), ('stderr', stderr)):
        with open(path, 'rb') as file:
            answer[key] = file.read().hex()
    return answer

def say(message):
    sys.stdout.write(json.dumps(message, separators=(',', ':')) + '\n')
    sys.stdout.flush()

engine = Engine(Config())
linker = Linker(engine)
linker.define_wasi()
say({'version': version('wasmtime')})
module = Module(engine, base64.b64decode(json.loads(sys.stdin.readline())))
say({})
for line in sys.stdin:
    say(run(json.loads(line)))
`;
