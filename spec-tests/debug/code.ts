/** Scripts for the debugger, and what it answers: code, and the debugger itself. */
import type { DebugCase } from './debug-case.ts';

export const codeCases: readonly DebugCase[] = [
  {
    name: 'understands lldb',
    file: 'fac.wat',
    options: ['-ex', 'set context 0'],
    script: `
br s -n fac -c $n == 2
process launch
thread backtrace 2
fr v
thread step-over
memory read -c 4 32
br list
expr $n * 2
`,
    out: `
Breakpoint 1: $fac at fac.wat:5:34
Breakpoint 1, $fac ($n=2) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 3
#0  $fac ($n=2) at fac.wat:5:34
#1  $fac ($n=3) at fac.wat:11:12
… and more; 'backtrace 4' shows more
$n: i32 = 2
$fac ($n=2) at fac.wat:5:54
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                                           ^ i32.const 1
0x20: 0x68 0x65 0x6c 0x6c  hell
1   breakpoint             y  $fac at fac.wat:5:34
      stops if $n == 2
      reached 1 time
$1 = 4
`,
  },
  {
    name: 'disassembles',
    file: 'fac.wat',
    script: `
x/2i fac
b main
run
disassemble
disas/r fac
x/4i $pc
x/9i *0x6b
disas nothing
`,
    out: `
   0x45  global.get $calls
   0x47  i32.const 1
Breakpoint 1: $main at fac.wat:13:17
Breakpoint 1, $main () at fac.wat:13:17
   11            (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
   12    (func $main (export "_start")
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                       ^ i32.const 16
   14      (i32.store8 (i32.const 20) (i32.const 65)))
   15    (data (i32.const 32) "hello\\00world"))
$main:
=> 0x62  i32.const 16
   0x64  i32.const 5
   0x66  call $fac
   0x68  i32.store
   0x6b  i32.const 20
   0x6d  i32.const 65
   0x70  i32.store8
$fac:
   0x45  23 00                   global.get $calls
   0x47  41 01                   i32.const 1
   0x49  6a                      i32.add
   0x4a  24 00                   global.set $calls
   0x4c  20 00                   local.get $n
   0x4e  45                      i32.eqz
   0x4f  04 7f                   if (;@1;) (result i32)
   0x51  41 01                     i32.const 1
   0x53  05                      else
   0x54  20 00                     local.get $n
   0x56  20 00                     local.get $n
   0x58  41 01                     i32.const 1
   0x5a  6b                        i32.sub
   0x5b  10 00                     call $fac
   0x5d  6c                        i32.mul
   0x5e  0b                      end
=> 0x62  i32.const 16
   0x64  i32.const 5
   0x66  call $fac
   0x68  i32.store
   0x6b  i32.const 20
   0x6d  i32.const 65
   0x70  i32.store8
`,
    err: `
error: there is no function 'nothing'
help: there is: fac, main, _start
`,
  },
  {
    name: 'lists',
    file: 'fac.wat',
    options: ['-ex', 'set listsize 4'],
    script: `
list
l fac
l 14
l -
l 2,4
l 100
l 1,2
l -
`,
    out: `
   3    (global $calls (mut i32) (i32.const 0))
   4    (func $fac (export "fac") (param $n i32) (result i32)
   5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
   6      (if (result i32) (i32.eqz (local.get $n))
   3    (global $calls (mut i32) (i32.const 0))
   4    (func $fac (export "fac") (param $n i32) (result i32)
   5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
   6      (if (result i32) (i32.eqz (local.get $n))
   12    (func $main (export "_start")
   13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
   14      (i32.store8 (i32.const 20) (i32.const 65)))
   15    (data (i32.const 32) "hello\\00world"))
    8        (else
    9          (i32.mul
   10            (local.get $n)
   11            (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
   2    (memory (export "memory") 1)
   3    (global $calls (mut i32) (i32.const 0))
   4    (func $fac (export "fac") (param $n i32) (result i32)
   1  (module $fac
   2    (memory (export "memory") 1)
`,
    err: `
error: the text ends at line 16
error: the text begins here
`,
  },
  {
    name: 'without names and text',
    file: 'fac.wasm',
    script: `
b 0
run
info locals
s 3
bt
b 14
b fac.wasm:14
list
info line
info source
`,
    out: `
Breakpoint 1: 0x45 in $fac
Breakpoint 1, 0x45 in $fac ($n=5)
    8    (export "_start" (func $main))
    9    (func $fac (;0;) (type 0) (param $n i32) (result i32)
=> 10      global.get $calls  ;; = 0
   11      i32.const 1
   12      i32.add
$n: i32 = 5
0x4a in $fac ($n=5)
   11      i32.const 1
   12      i32.add
=> 13      global.set $calls  ;; 1
   14      local.get $n
   15      i32.eqz
#0  0x4a in $fac ($n=5)
#1  0x66 in $main ()
Breakpoint 2: 0x4c in $fac
Breakpoint 3: 0x4c in $fac
    8    (export "_start" (func $main))
    9    (func $fac (;0;) (type 0) (param $n i32) (result i32)
   10      global.get $calls
   11      i32.const 1
   12      i32.add
=> 13      global.set $calls
   14      local.get $n
   15      i32.eqz
   16      if (;@1;) (result i32)
   17        i32.const 1
byte 0x4a, line 13 of the text
text: as printed; 34 lines
source lines: the module has no section .debug_line
`,
  },
  {
    name: 'says what it does not understand',
    file: 'fac.wat',
    script: `
nonsense
re
brek
info
info nonsense
p
p 1 +
step
c
bt
finish
p $n
x
watch 5
help nonsense
d 9
source nowhere
condition

`,
    out: `
Subjects of info:
  breakpoints        breakpoints, watchpoints, catchpoints and log points
  locals [TEXT]      parameters and locals of the selected frame
  args               parameters of the selected frame
  operands           the operand stack, its top first, and who made it
  labels             the open blocks, innermost first, and where branches to them go
  frame              the selected frame
  stack              the frames, as backtrace
  globals            globals and their values
  functions [REGEX]  functions: index, first byte, name
  memories           memories and their sizes
  tables             tables and their sizes
  line               where the selected frame stands
  source             the text, and the source files that the code was compiled from
  imports            imports of the module
  exports            exports of the module
  display            expressions that are shown at every stop
  history            the recording: how far it goes, what it takes
  program            the run: why it stands, instructions and calls so far
`,
    err: `
error: there is no command 'nonsense'
help: 'help' lists them
error: 're' is ambiguous: record, reverse-step, reverse-next, reverse-finish, reverse-continue
error: there is no command 'brek'
help: did you mean 'break'?
error: there is no 'info nonsense'
help: there is: breakpoints, locals, args, operands, labels, frame, stack, globals, and 10 more
error: nothing has been printed yet
error: a value is missing before the end of the expression
error: the program is not being run
help: 'run' starts it
error: the program is not being run
help: 'run' starts it
error: the program is not being run
help: 'run' starts it
error: the program is not being run
help: 'run' starts it
error: there is no '$n' here
error: give an address
help: x/16xb 0x400
error: '5' cannot be watched
help: memory (*ADDR:LEN), $global, local NAME, table[N][I] can
error: there is no command 'nonsense'
help: 'help' lists them
error: there is no breakpoint 9
help: 'info breakpoints' lists them
error: cannot read 'nowhere': there is no such file
help: check the path; \`-\` reads standard input
error: give the number of a breakpoint
help: 'info breakpoints' lists them
`,
  },
  {
    name: 'helps',
    file: 'fac.wat',
    script: `
help step
h x
help b
`,
    out: `
Run one instruction, into the function that it calls.
Usage: step [COUNT]
Also: s, stepi, si
Show memory: x/16xb 0x400, x/4dw $p, x/2g 8, x/s $text.
Usage: x [/COUNT FORMAT UNIT] ADDR
Formats as for print; units: b (1 byte), h (2), w (4), g (8). Without an address it goes on.
Another memory than the first: x/4xw &memory[1][0x400]. Instructions: x/5i $pc, x/5i FUNC
Stop before a place; without one, before the current instruction.
Usage: break [FUNC | LINE | FILE:LINE | *0xOFFSET] [if EXPR]
Also: b, br
The condition is asked each time: break fac if $n == 3
`,
  },
  {
    name: 'echoes commands and prompts',
    file: 'fac.wat',
    options: ['--echo', '-ex', 'set context 0'],
    script: `
start

s

# a comment
q
s
`,
    out: `
(glassbox) set context 0
(glassbox) start
$main () at fac.wat:13:17
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                       ^ i32.const 16
(glassbox) 
(glassbox) s
$main () at fac.wat:13:43
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                                                 ^ i32.const 5
(glassbox) 
$main () at fac.wat:13:32
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                                      ^ call $fac  ;; 5
(glassbox) # a comment
(glassbox) q
`,
  },
];
