/** Scripts for the debugger, and what it answers: breakpoints and log points. */
import type { DebugCase } from './debug-case.ts';

export const stopsCases: readonly DebugCase[] = [
  {
    name: 'stops at a function and shows where it stands',
    file: 'fac.wat',
    script: `
b fac
run
bt
`,
    out: `
Breakpoint 1: $fac at fac.wat:5:34
Breakpoint 1, $fac ($n=5) at fac.wat:5:34
   3    (global $calls (mut i32) (i32.const 0))
   4    (func $fac (export "fac") (param $n i32) (result i32)
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 0
   6      (if (result i32) (i32.eqz (local.get $n))
   7        (then (i32.const 1))
#0  $fac ($n=5) at fac.wat:5:34
#1  $main () at fac.wat:13:32
`,
  },
  {
    name: 'breakpoints by line, file and line, offset, and at a place without code',
    file: 'fac.wat',
    options: ['-ex', 'set context 0'],
    script: `
b 7
b fac.wat:14
b *0x5b
b 8
b *0x5c
b 99
b nothing
b
info breakpoints
run
c
d 1-2
c 3
clear *0x5b
c
`,
    out: `
Breakpoint 1: $fac at fac.wat:7:14
Breakpoint 2: $main at fac.wat:14:18
Breakpoint 3: $fac at fac.wat:11:12
Breakpoint 4: $fac at fac.wat:9:10
1   breakpoint             y  $fac at fac.wat:7:14
2   breakpoint             y  $main at fac.wat:14:18
3   breakpoint             y  $fac at fac.wat:11:12
4   breakpoint             y  $fac at fac.wat:9:10
Breakpoint 3, $fac ($n=5) at fac.wat:11:12
=> 11            (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
                  ^ call $fac  ;; 4
Breakpoint 3, $fac ($n=4) at fac.wat:11:12
=> 11            (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
                  ^ call $fac  ;; 3
Breakpoint 3, $fac ($n=1) at fac.wat:11:12
=> 11            (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
                  ^ call $fac  ;; 0
Deleted: 3
Breakpoint 4, $fac ($n=1) at fac.wat:9:10
=> 9          (i32.mul
               ^ i32.mul  ;; 1 1
`,
    err: `
error: no instruction to stop at begins at byte 0x5c
help: the next one begins at *0x5d
error: no code stands on line 99 or after it
error: there is no function 'nothing'
help: there is: fac, main, _start
error: nothing runs, so there is no place here
help: name a place: 'FUNC', 'LINE'
`,
  },
  {
    name: 'conditions, counts, disabling',
    file: 'fac.wat',
    options: ['-ex', 'set context 0'],
    script: `
b fac
condition 1 $n < 3
ignore 1 1
run
info b
disable
c
enable
condition 1
run
condition 1 $nothing
c

`,
    out: `
Breakpoint 1: $fac at fac.wat:5:34
Breakpoint 1 now stops if $n < 3.
Breakpoint 1 will be passed 1 time.
Breakpoint 1, $fac ($n=1) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 4
1   breakpoint             y  $fac at fac.wat:5:34
      stops if $n < 3
      reached 2 times
The program exited with code 0.
Breakpoint 1 now stops always.
Breakpoint 1, $fac ($n=5) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 0
Breakpoint 1 now stops if $nothing.
Breakpoint 1, $fac ($n=4) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 1
Breakpoint 1, $fac ($n=3) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 2
`,
    err: `
the condition of breakpoint 1 fails: there is no '$nothing' here
the condition of breakpoint 1 fails: there is no '$nothing' here
`,
  },
  {
    name: 'a temporary breakpoint stops once',
    file: 'fac.wat',
    options: ['-ex', 'set context 0'],
    script: `
tbreak fac
run
info b
c
`,
    out: `
Temporary breakpoint 1: $fac at fac.wat:5:34
Temporary breakpoint 1, $fac ($n=5) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 0
No breakpoints.
The program exited with code 0.
`,
  },
  {
    name: 'commands of a breakpoint',
    file: 'fac.wat',
    options: ['-ex', 'set context 0'],
    script: `
b fac
commands
silent
printf "n is %d, %04x\\n", $n, $n + 16
continue
end
run
`,
    out: `
Breakpoint 1: $fac at fac.wat:5:34
n is 5, 0015
n is 4, 0014
n is 3, 0013
n is 2, 0012
n is 1, 0011
n is 0, 0010
The program exited with code 0.
`,
  },
  {
    name: 'log points go on',
    file: 'fac.wat',
    script: `
dprintf fac, "fac of %d\\n", $n
run
info b
`,
    out: `
Log point 1: $fac at fac.wat:5:34, "fac of %d\\n", $n
fac of 5
fac of 4
fac of 3
fac of 2
fac of 1
fac of 0
The program exited with code 0.
1   log point              y  $fac at fac.wat:5:34, "fac of %d\\n", $n
      reached 6 times
`,
  },
];
