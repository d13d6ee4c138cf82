/** Scripts for the debugger, and what it answers: going back in recorded runs. */
import type { DebugCase } from './debug-case.ts';

export const backCases: readonly DebugCase[] = [
  {
    name: 'goes back',
    file: 'fac.wat',
    options: ['-ex', 'set context 0'],
    script: `
record
b fac if $n == 2
run
rs
rn
rf
rc
p $count
c
goto end
c
rs
goto -3
goto 20
goto start
rs
record stop
rs
goto 3
`,
    out: `
Runs will be recorded from their start.
Breakpoint 1: $fac at fac.wat:5:34
Breakpoint 1, $fac ($n=2) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 3
$fac ($n=3) at fac.wat:11:12
=> 11            (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
                  ^ call $fac  ;; 2
$fac ($n=3) at fac.wat:11:23
=> 11            (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
                             ^ i32.sub  ;; 3 1
$fac ($n=4) at fac.wat:11:12
=> 11            (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
                  ^ call $fac  ;; 3
The recording begins here, $main () at fac.wat:13:17
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                       ^ i32.const 16
$1 = 0
Breakpoint 1, $fac ($n=2) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 3
The recording ends here, $fac ($n=2) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 3
The program exited with code 0.
$main () at fac.wat:14:6
=> 14      (i32.store8 (i32.const 20) (i32.const 65)))
            ^ i32.store8  ;; 20 65
$main () at fac.wat:13:6
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
            ^ i32.store  ;; 16 120
$fac ($n=4) at fac.wat:6:23
=> 6      (if (result i32) (i32.eqz (local.get $n))
                            ^ i32.eqz  ;; 4
$main () at fac.wat:13:17
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                       ^ i32.const 16
The recording begins here, $main () at fac.wat:13:17
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                       ^ i32.const 16
The recording has ended.
`,
    err: `
error: the run is not recorded
help: 'record' begins to, or do 'set record on' before 'run'
error: the run is not recorded
help: 'record' begins to, or do 'set record on' before 'run'
`,
  },
  {
    name: 'tells who wrote last',
    file: 'fac.wat',
    options: ['-ex', 'set context 0'],
    script: `
set record on
run
last-write *16:4
who $calls
who *(u8*)200
goto 66
last-write
`,
    out: `
The program exited with code 0.
*0x10:4 was last written by $main at fac.wat:13:6: i32.store
Old value: 00 00 00 00
New value: 78 00 00 00
That was instruction 76: 'goto 76' goes there.
global $calls was last written by $fac at fac.wat:5:6: global.set $calls
Old value: 5
New value: 6
That was instruction 66: 'goto 66' goes there.
Nothing has written *0xc8:1 in the recorded time.
$fac ($n=0) at fac.wat:5:6
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
           ^ global.set $calls  ;; 6
`,
    err: `
error: say what
help: last-write *0x400:4, last-write $global, last-write local NAME
`,
  },
  {
    name: 'another past has another future',
    file: 'fac.wat',
    options: ['-ex', 'set context 0'],
    script: `
record
start
b fac if $n == 2
c
set $n = 1
d
c
p *(i32*)16
goto 76
p operand[0]
`,
    out: `
Runs will be recorded from their start.
$main () at fac.wat:13:17
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                       ^ i32.const 16
Breakpoint 1: $fac at fac.wat:5:34
Breakpoint 1, $fac ($n=2) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 3
The program exited with code 0.
$1 = 60
The program exited with code 0.
`,
    err: `
error: there is no operand[0]
`,
  },
];
