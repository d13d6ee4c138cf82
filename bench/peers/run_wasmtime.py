"""Runs a WASI program in wasmtime: the first argument is a job of programs.mjs as JSON, the second a target."""

import json
import os
import sys

import wasmtime

job = json.loads(sys.argv[1])
config = wasmtime.Config()
if len(sys.argv) > 2:
    config.target = sys.argv[2]
for proposal in ("wasm_exceptions", "wasm_function_references", "wasm_gc"):
    if hasattr(type(config), proposal):
        setattr(config, proposal, True)
engine = wasmtime.Engine(config)
linker = wasmtime.Linker(engine)
linker.define_wasi()
store = wasmtime.Store(engine)
wasi = wasmtime.WasiConfig()
wasi.argv = [os.path.basename(job["file"]), *job["args"]]
wasi.inherit_stdin()
wasi.inherit_stdout()
wasi.inherit_stderr()
for preopen in job["preopens"]:
    wasi.preopen_dir(preopen["host"], preopen["guest"])
store.set_wasi(wasi)
module = wasmtime.Module.from_file(engine, job["file"])
try:
    linker.instantiate(store, module).exports(store)["_start"](store)
except wasmtime.ExitTrap as exited:
    sys.exit(exited.code)
