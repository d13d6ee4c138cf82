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
That was after 76 instructions: 'goto $written' goes there.
global $calls was last written by $fac at fac.wat:5:6: global.set $calls
Old value: 5
New value: 6
That was after 66 instructions: 'goto $written' goes there.
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
    name: 'finds who corrupted a byte',
    file: 'overflow.wat',
    options: ['-ex', 'set context 1'],
    script: `
record
run
print *(i32*)($account + 8)
last-write *(u8*)($account + 8)
goto $written
info locals
p/c $byte
bt
x/s $from
last-write local i
reverse-finish
reverse-continue
last-write *(u8*)($account + 8)
goto $written
`,
    out: `
Runs will be recorded from their start.
Trap: unreachable, $audit () at overflow.wat:19:13
   18      (if (i32.ne (i32.load offset=8 (global.get $account)) (i32.const 100))
=> 19        (then unreachable)))
                   ^ unreachable
   20    (func $main (export "_start")
$1 = 65
*0x48:1 was last written by $set_name at overflow.wat:11:8: i32.store8
Old value: 64
New value: 41
That was after 225 instructions: 'goto $written' goes there.
$set_name ($to=64, $from=144) at overflow.wat:11:8
   10        (local.set $byte (i32.load8_u (i32.add (local.get $from) (local.get $i))))
=> 11        (i32.store8 (i32.add (local.get $to) (local.get $i)) (local.get $byte))
              ^ i32.store8  ;; 72 65
   12        (local.set $i (i32.add (local.get $i) (i32.const 1)))
$to: i32 = 64
$from: i32 = 144
$i: i32 = 8
$byte: i32 = 65
$2 = 65 'A'
#0  $set_name ($to=64, $from=144) at overflow.wat:11:8
#1  $main () at overflow.wat:24:6
0x90: "Augusta A"
local i was last written by $set_name at overflow.wat:12:8: local.set $i
Old value: 7
New value: 8
That was after 213 instructions: 'goto $written' goes there.
$main () at overflow.wat:24:6
   23      (call $deposit (i32.const 40))
=> 24      (call $set_name (global.get $account) (i32.const 144))
            ^ call $set_name  ;; 64 144
   25      (call $audit)))
The recording begins here, $main () at overflow.wat:21:22
   20    (func $main (export "_start")
=> 21      (call $set_name (global.get $account) (i32.const 128))
                            ^ global.get $account  ;; = 64
   22      (call $deposit (i32.const 60))
Nothing has written *0x48:1 in the recorded time.
$set_name ($to=64, $from=144) at overflow.wat:12:8
   11        (i32.store8 (i32.add (local.get $to) (local.get $i)) (local.get $byte))
=> 12        (local.set $i (i32.add (local.get $i) (i32.const 1)))
              ^ local.set $i  ;; 8
   13        (br_if $copy (local.get $byte))))
`,
  },
  {
    name: 'what was changed stays in the recording',
    file: 'last.wat',
    options: ['-ex', 'set context 0'],
    script: `
start
record
set *4 = 9
s
set *8 = 1
s 2
rs 2
p *4
p *8
rs
p *4
goto end
p *4
set *4 = 1
`,
    out: `
$_start () at last.wat:4:17
=> 4      (i32.store (i32.const 0) (i32.const 5))))
                      ^ i32.const 0
Recording from instruction 0 on.
$_start () at last.wat:4:31
=> 4      (i32.store (i32.const 0) (i32.const 5))))
                                    ^ i32.const 5
The program exited with code 0.
$_start () at last.wat:4:31
=> 4      (i32.store (i32.const 0) (i32.const 5))))
                                    ^ i32.const 5
$1 = 9
$2 = 1
$_start () at last.wat:4:17
=> 4      (i32.store (i32.const 0) (i32.const 5))))
                      ^ i32.const 0
$3 = 9
The program exited with code 0.
$4 = 9
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
