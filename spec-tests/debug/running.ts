/** Scripts for the debugger, and what it answers: beginning runs and going on in them. */
import type { DebugCase } from './debug-case.ts';

export const runningCases: readonly DebugCase[] = [
  {
    name: 'steps in, over and out',
    file: 'fac.wat',
    options: ['-ex', 'set context 0'],
    script: `
start
next 2
step
n
fin
finish
`,
    out: `
$main () at fac.wat:13:17
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                       ^ i32.const 16
$main () at fac.wat:13:32
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                                      ^ call $fac  ;; 5
$fac ($n=5) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 0
$fac ($n=5) at fac.wat:5:54
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                                           ^ i32.const 1
Run till exit from $fac ($n=5) at fac.wat:5:54
$main () at fac.wat:13:6
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
            ^ i32.store  ;; 16 120
Value returned: 120
Run till exit from $main () at fac.wat:13:6
The program exited with code 0.
`,
  },
  {
    name: 'an empty line repeats a step, and a list goes on',
    file: 'fac.wat',
    options: ['-ex', 'set context 0', '-ex', 'set listsize 3'],
    script: `
start
s


list 1,3

list -
`,
    out: `
$main () at fac.wat:13:17
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                       ^ i32.const 16
$main () at fac.wat:13:43
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                                                 ^ i32.const 5
$main () at fac.wat:13:32
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                                      ^ call $fac  ;; 5
$fac ($n=5) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 0
   1  (module $fac
   2    (memory (export "memory") 1)
   3    (global $calls (mut i32) (i32.const 0))
   4    (func $fac (export "fac") (param $n i32) (result i32)
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
   6      (if (result i32) (i32.eqz (local.get $n))
   1  (module $fac
   2    (memory (export "memory") 1)
   3    (global $calls (mut i32) (i32.const 0))
`,
  },
  {
    name: 'until passes the end of a loop, advance goes to a place',
    file: 'write.wat',
    options: ['-ex', 'set context 0'],
    script: `
b 10
run
d
u 11
advance 13
u

`,
    out: `
Breakpoint 1: $main at write.wat:10:8
Breakpoint 1, $main () at write.wat:10:8
=> 10        (call $say)
              ^ call $say
hi
$main () at write.wat:11:31
=> 11        (local.set $i (i32.add (local.get $i) (i32.const 1)))
                                     ^ local.get $i  ;; = 0
hi
$main () at write.wat:13:23
=> 13      (call $proc_exit (i32.const 3))))
                             ^ i32.const 3
The program exited with code 3.
`,
    err: `
error: the program has ended
help: 'run' starts it anew
`,
  },
  {
    name: 'what the guest writes comes in its order',
    file: 'write.wat',
    options: ['-ex', 'set context 0'],
    script: `
b say
run
c
c
run
`,
    out: `
Breakpoint 1: $say at write.wat:7:28
Breakpoint 1, $say () at write.wat:7:28
=> 7      (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12))))
                                 ^ i32.const 1
hi
Breakpoint 1, $say () at write.wat:7:28
=> 7      (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12))))
                                 ^ i32.const 1
hi
The program exited with code 3.
Breakpoint 1, $say () at write.wat:7:28
=> 7      (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12))))
                                 ^ i32.const 1
`,
  },
  {
    name: 'calls an export',
    file: 'fac.wat',
    options: ['-ex', 'set context 0'],
    script: `
invoke fac 4
invoke fac
invoke fax
invoke
info exports
run
run 3
start 2
kill
kill
`,
    out: `
fac returned 24.
memory 1
fac (func (param i32) (result i32))
_start (func)
fac returned 24.
fac returned 6.
$fac ($n=2) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 0
The run has been ended.
`,
    err: `
error: 'fac' takes 1 argument [i32], 0 given
error: there is no exported function 'fax'
help: did you mean 'fac'?
error: name an exported function
help: 'info exports' lists them
error: the program is not being run
`,
  },
  {
    name: 'an export with its arguments',
    file: 'fac.wat',
    options: ['--invoke', 'fac'],
    args: ['3'],
    script: `
run
set args 6
run
show
`,
    out: `
fac returned 6.
fac returned 720.
context   2
listsize  10
calls     on
record    off
args      6
`,
  },
  {
    name: 'start functions and set-up come first',
    file: 'start.wat',
    options: ['--invoke', 'get', '-ex', 'set context 0'],
    script: `
start
s 2
s
b get
c
c
run
b init
run
c
tree
`,
    out: `
$init () at start.wat:4:35
=> 4    (func $init (global.set $ready (i32.const 1)))
                                        ^ i32.const 1
$init returned.
$_initialize () at start.wat:5:61
=> 5    (func (export "_initialize") (global.set $ready (i32.add (global.get $ready) (i32.const 1))))
                                                                  ^ global.get $ready  ;; = 1
$_initialize () at start.wat:5:81
=> 5    (func (export "_initialize") (global.set $ready (i32.add (global.get $ready) (i32.const 1))))
                                                                                      ^ i32.const 1
Breakpoint 1: $get at start.wat:6:43
_initialize returned.
Breakpoint 1, $get () at start.wat:6:43
=> 6    (func $get (export "get") (result i32) (global.get $ready))
                                                ^ global.get $ready  ;; = 2
get returned 2.
$init returned.
_initialize returned.
Breakpoint 1, $get () at start.wat:6:43
=> 6    (func $get (export "get") (result i32) (global.get $ready))
                                                ^ global.get $ready  ;; = 2
Breakpoint 2: $init at start.wat:4:35
Breakpoint 2, $init () at start.wat:4:35
=> 4    (func $init (global.set $ready (i32.const 1)))
                                        ^ i32.const 1
$init returned.
_initialize returned.
Breakpoint 1, $get () at start.wat:6:43
=> 6    (func $get (export "get") (result i32) (global.get $ready))
                                                ^ global.get $ready  ;; = 2
$init
$_initialize
$get
`,
  },
  {
    name: 'lines by source and steps by lines',
    file: 'fac.wat',
    options: ['-ex', 'set context 0'],
    script: `
start
next-line
step-line
sl
nl 2
info line
`,
    out: `
$main () at fac.wat:13:17
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                       ^ i32.const 16
$main () at fac.wat:14:18
=> 14      (i32.store8 (i32.const 20) (i32.const 65)))
                        ^ i32.const 20
The program exited with code 0.
`,
    err: `
error: the program has ended
help: 'run' starts it anew
error: the program has ended
help: 'run' starts it anew
error: there is no place
`,
  },
];
