/** Scripts for the debugger, and what it answers: frames and calls. */
import type { DebugCase } from './debug-case.ts';

export const framesCases: readonly DebugCase[] = [
  {
    name: 'shows operands beside their instruction',
    file: 'fac.wat',
    options: ['-ex', 'set context 0'],
    script: `
b fac if $n == 3
run
s 2
s
s

`,
    out: `
Breakpoint 1: $fac at fac.wat:5:34
Breakpoint 1, $fac ($n=3) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 2
$fac ($n=3) at fac.wat:5:25
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                              ^ i32.add  ;; 2 1
$fac ($n=3) at fac.wat:5:6
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
           ^ global.set $calls  ;; 3
$fac ($n=3) at fac.wat:6:32
=> 6      (if (result i32) (i32.eqz (local.get $n))
                                     ^ local.get $n  ;; = 3
$fac ($n=3) at fac.wat:6:23
=> 6      (if (result i32) (i32.eqz (local.get $n))
                            ^ i32.eqz  ;; 3
`,
  },
  {
    name: 'walks the frames',
    file: 'fac.wat',
    options: ['-ex', 'set context 0'],
    script: `
b fac if $n == 4
run
up
p $n
up
up
down 2
down
f 1
f
f 7
bt 1
info frame
up
info args
fin
`,
    out: `
Breakpoint 1: $fac at fac.wat:5:34
Breakpoint 1, $fac ($n=4) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 1
#1  $fac ($n=5) at fac.wat:11:12
=> 11            (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
                  ^ call $fac
$1 = 5
#2  $main () at fac.wat:13:32
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                                      ^ call $fac
#0  $fac ($n=4) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 1
#1  $fac ($n=5) at fac.wat:11:12
=> 11            (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
                  ^ call $fac
#1  $fac ($n=5) at fac.wat:11:12
=> 11            (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
                  ^ call $fac
#0  $fac ($n=4) at fac.wat:5:34
… and more; 'backtrace 2' shows more
#1  $fac ($n=5) at fac.wat:11:12
function 0, byte 0x5b: call $fac
it waits for the call to return
1 locals, 1 operands, 2 labels
#2  $main () at fac.wat:13:32
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                                      ^ call $fac
No parameters.
Run till exit from $main () at fac.wat:13:32
The program exited with code 0.
`,
    err: `
error: this is the outermost frame
error: this is the innermost frame
error: there is no frame 7
`,
  },
  {
    name: 'draws the calls as a tree',
    file: 'write.wat',
    script: `
run
tree
tree 1
`,
    out: `
hi
hi
The program exited with code 3.
$main
└─ $say  ×2
$main  …
`,
  },
];
