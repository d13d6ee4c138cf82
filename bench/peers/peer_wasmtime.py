"""wasmtime as a peer of the benchmark: see protocol.mjs. Needs `pip install wasmtime`. An argument names the target,
`pulley64` its interpreter; without one it compiles for this machine."""

import json
import sys
import time

import wasmtime

config = wasmtime.Config()
if len(sys.argv) > 1:
    config.target = sys.argv[1]
for proposal in ("wasm_gc", "wasm_function_references", "wasm_exceptions", "wasm_tail_call"):
    if hasattr(type(config), proposal):
        setattr(config, proposal, True)
engine = wasmtime.Engine(config)
store = None
run = None
for line in sys.stdin:
    question = json.loads(line)
    try:
        if "load" in question:
            store = wasmtime.Store(engine)
            instance = wasmtime.Instance(store, wasmtime.Module.from_file(engine, question["load"]), [])
            run = instance.exports(store)["run"]
            answer = {"ok": True}
        else:
            start = time.perf_counter()
            result = run(store, question["run"])
            answer = {"ms": (time.perf_counter() - start) * 1000, "result": str(result)}
    except Exception as error:
        answer = {"error": str(error).split("\n")[0]}
    print(json.dumps(answer), flush=True)
