/** Scripts for the debugger, and what it answers: watchpoints, catchpoints, traps. */
import type { DebugCase } from './debug-case.ts';

export const eventsCases: readonly DebugCase[] = [
  {
    name: 'watches memory',
    file: 'fac.wat',
    options: ['-ex', 'set context 0'],
    script: `
start
watch *(i32*)16
c
c
`,
    out: `
$main () at fac.wat:13:17
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                       ^ i32.const 16
Watchpoint 1: *0x10:4
Old value: 00 00 00 00
New value: 78 00 00 00
Watchpoint 1, $main () at fac.wat:14:18
=> 14      (i32.store8 (i32.const 20) (i32.const 65)))
                        ^ i32.const 20
The program exited with code 0.
`,
  },
  {
    name: 'watches a global with a condition',
    file: 'fac.wat',
    options: ['-ex', 'set context 0'],
    script: `
start
watch $calls if $calls > 5
rwatch $calls
awatch *(u8*)16@8
c
d 2
c
c
c

`,
    out: `
$main () at fac.wat:13:17
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                       ^ i32.const 16
Watchpoint 1: global $calls
Watchpoint 2: global $calls (reads)
Watchpoint 3: *0x10:8 (reads and writes)
Value: 0
Watchpoint 2, $fac ($n=5) at fac.wat:5:54
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                                           ^ i32.const 1
Old value: 5
New value: 6
Watchpoint 1, $fac ($n=0) at fac.wat:6:32
=> 6      (if (result i32) (i32.eqz (local.get $n))
                                     ^ local.get $n  ;; = 0
Old value: 00 00 00 00 00 00 00 00
New value: 78 00 00 00 00 00 00 00
Watchpoint 3, $main () at fac.wat:14:18
=> 14      (i32.store8 (i32.const 20) (i32.const 65)))
                        ^ i32.const 20
Watchpoint 3, by the last instruction
Old value: 78 00 00 00 00 00 00 00
New value: 78 00 00 00 41 00 00 00
The program exited with code 0.
`,
    err: `
error: the program has ended
help: 'run' starts it anew
`,
  },
  {
    name: 'watches a local while its frame lasts',
    file: 'kinds.wat',
    options: ['-ex', 'set context 0', '--invoke', 'main'],
    args: ['1', '2'],
    script: `
start
watch local r
c
c
info b
c
`,
    out: `
$main ($a=1, $b=2) at kinds.wat:13:39
=> 13      (local.set $p (struct.new $point (i32.const 3) (f64.const 0.5)))
                                             ^ i32.const 3
Watchpoint 1: local r
Old value: 0
New value: 42
Watchpoint 1, $main ($a=1, $b=2) at kinds.wat:20:20
=> 20      (table.set $t (i32.const 2) (table.get $t (i32.const 1)))
                          ^ i32.const 2
Old value: 42
New value: 50
Watchpoint 1, $main ($a=1, $b=2) at kinds.wat:22:6
=> 22      (local.get $r)))
            ^ local.get $r  ;; = 50
1   watchpoint             y  local r
      reached 2 times
main returned 50.
Watchpoint 1 deleted: the frame that it watches has returned.
`,
  },
  {
    name: 'watches what the last instruction writes',
    file: 'last.wat',
    options: ['-ex', 'set context 0'],
    script: `
start
watch *0:4
c
info b
condition 1 *0 == 6
set record on
run
rc
`,
    out: `
$_start () at last.wat:4:17
=> 4      (i32.store (i32.const 0) (i32.const 5))))
                      ^ i32.const 0
Watchpoint 1: *0x0:4
Watchpoint 1, by the last instruction
Old value: 00 00 00 00
New value: 05 00 00 00
The program exited with code 0.
1   watchpoint             y  *0x0:4
      reached 1 time
Watchpoint 1 now stops if *0 == 6.
The program exited with code 0.
The recording begins here, $_start () at last.wat:4:17
=> 4      (i32.store (i32.const 0) (i32.const 5))))
                      ^ i32.const 0
`,
  },
  {
    name: 'calls of imports are caught',
    file: 'write.wat',
    options: ['-ex', 'set context 0'],
    script: `
catch import proc_exit
catch import fd_write if 0
run
bt
info b
catch nothing
catch trap now
`,
    out: `
Catchpoint 1: import $proc_exit
Catchpoint 2: import $fd_write
hi
hi
Catchpoint 1, $main () at write.wat:13:6
=> 13      (call $proc_exit (i32.const 3))))
            ^ call $proc_exit  ;; 3
#0  $main () at write.wat:13:6
1   catchpoint             y  import $proc_exit
      reached 1 time
2   catchpoint             y  import $fd_write
      stops if 0
`,
    err: `
error: 'nothing' is nothing to catch
help: there is: trap, throw, import, grow
error: 'catch trap' takes no name
`,
  },
  {
    name: 'a trap leaves the frames to be seen',
    file: 'trap.wat',
    script: `
catch trap
run
bt
p $a
info operands
up
s
info b
run
`,
    out: `
Catchpoint 1: trap
Trap: integer divide by zero, $divide ($a=7, $b=0) at trap.wat:5:5
   3      local.get $a
   4      local.get $b
=> 5      i32.div_s)  ;; 7 0
   6    (func $main (export "_start")
   7      i32.const 7
#0  $divide ($a=7, $b=0) at trap.wat:5:5
#1  $main () at trap.wat:9:5
$1 = 7
operand[0]: i32 = 0  from 0x2c local.get $b
operand[1]: i32 = 7  from 0x2a local.get $a
#1  $main () at trap.wat:9:5
    7      i32.const 7
    8      i32.const 0
=>  9      call $divide
   10      drop))
   11
1   catchpoint             y  trap
      reached 1 time
Trap: integer divide by zero, $divide ($a=7, $b=0) at trap.wat:5:5
   3      local.get $a
   4      local.get $b
=> 5      i32.div_s)  ;; 7 0
   6    (func $main (export "_start")
   7      i32.const 7
`,
    err: `
error: the program has ended
help: 'run' starts it anew
`,
  },
  {
    name: 'events',
    file: 'kinds.wat',
    options: ['--invoke', 'main', '-ex', 'set context 0'],
    args: ['9', '2.5'],
    script: `
catch throw
catch grow
start
watch table[0][2]
c
c
c
info operands
c
`,
    out: `
Catchpoint 1: throw
Catchpoint 2: grow
$main ($a=9, $b=2.5) at kinds.wat:13:39
=> 13      (local.set $p (struct.new $point (i32.const 3) (f64.const 0.5)))
                                             ^ i32.const 3
Watchpoint 3: table[0][2]
Catchpoint 2, $main ($a=9, $b=2.5) at kinds.wat:17:16
=> 17          (drop (memory.grow (i32.const 1)))
                      ^ memory.grow  ;; 1
Catchpoint 1, $main ($a=9, $b=2.5) at kinds.wat:18:10
=> 18          (throw $oops (i32.const 42))))
                ^ throw $oops  ;; 42
Old value: null
New value: func 0 $twice
Watchpoint 3, $main ($a=9, $b=2.5) at kinds.wat:21:29
=> 21      (local.set $r (i32.add (local.get $r) (call_indirect $t (param i32) (result i32) (i32.const 4) (i32.const 1))))
                                   ^ local.get $r  ;; = 42
No operands.
main returned 50.
`,
  },
];
