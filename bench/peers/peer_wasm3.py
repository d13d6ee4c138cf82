"""wasm3, an interpreter in C, as a peer of the benchmark: see protocol.mjs. Needs `pip install pywasm3==0.5.0`."""

import json
import sys
import time

import wasm3

run = None
for line in sys.stdin:
    question = json.loads(line)
    try:
        if "load" in question:
            environment = wasm3.Environment()
            runtime = environment.new_runtime(1 << 20)
            with open(question["load"], "rb") as file:
                runtime.load(environment.parse_module(file.read()))
            run = runtime.find_function("run")
            answer = {"ok": True}
        else:
            start = time.perf_counter()
            result = run(question["run"])
            answer = {"ms": (time.perf_counter() - start) * 1000, "result": str(result)}
    except Exception as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
