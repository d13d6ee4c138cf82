"""Runs a script in QuickJS with a `print`. Needs `pip install quickjs`."""

import sys

import quickjs

context = quickjs.Context()
context.set_max_stack_size(1 << 20)
context.add_callable("print", print)
with open(sys.argv[1], encoding="utf-8") as file:
    context.eval(file.read())
