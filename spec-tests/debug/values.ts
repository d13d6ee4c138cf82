/** Scripts for the debugger, and what it answers: values and memory. */
import type { DebugCase } from './debug-case.ts';

export const valuesCases: readonly DebugCase[] = [
  {
    name: 'all kinds of variables',
    file: 'kinds.wat',
    options: ['--invoke', 'main', '-ex', 'set context 0'],
    args: ['9', '2.5'],
    script: `
b 20
run
info locals
info locals r
info globals
info tables
info memories
info labels
p $a
p $b
p $p
p $limit
p table[0][1]
p local[3]
whatis $p
whatis $a + 1
p twice
p $1 + $4
p twice + 1
`,
    out: `
Breakpoint 1: $main at kinds.wat:20:20
Breakpoint 1, $main ($a=9, $b=2.5) at kinds.wat:20:20
=> 20      (table.set $t (i32.const 2) (table.get $t (i32.const 1)))
                          ^ i32.const 2
$a: i64 = 9
$b: f64 = 2.5
$p: (ref null $point) = struct $point {x: 3, y: 0.5}
local 3: v128 = i32x4 0x00000001 0x00000002 0x00000003 0x00000004
$r: i32 = 42
$p: (ref null $point) = struct $point {x: 3, y: 0.5}
$r: i32 = 42
$count: i64 = -1
$limit: f32 = 1.5
table 0: 3 elements of funcref
memory 0: 131,072 bytes, up to 0x20000
0: func, branches to 0xbc (kinds.wat:22:19) with i32
$1 = 9
$2 = 2.5
$3 = struct $point {x: 3, y: 0.5}
$4 = 1.5
$5 = func 0 $twice
$6 = i32x4 0x00000001 0x00000002 0x00000003 0x00000004
type = (ref null $point)
type = i64
$7 = func 0 $twice
$8 = 10.5
`,
    err: `
error: func 0 $twice is no number
`,
  },
  {
    name: 'changes values',
    file: 'fac.wat',
    options: ['-ex', 'set context 0'],
    script: `
b fac
run
set $n = 3
p $n
set var n = 0x4
p $n
p $n = 2
s 2
set operand[0] = 100
info operands
set *(u16*)0x100 = 513
x/4xb 0x100
set $mine = *(u16*)0x100
p $mine + 1
p/x $mine
set $calls = -1
p/x $calls
p/t 5
p/c 65
set 5
d
c
set context x
`,
    out: `
Breakpoint 1: $fac at fac.wat:5:34
Breakpoint 1, $fac ($n=5) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 0
$1 = 3
$2 = 4
$3 = 2
$fac ($n=2) at fac.wat:5:25
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                              ^ i32.add  ;; 0 1
operand[0]: i32 = 100  from 0x47 i32.const 1
operand[1]: i32 = 0  from 0x45 global.get $calls
0x100: 0x01 0x02 0x00 0x00  ....
$4 = 514
$5 = 0x201
$6 = 0xffffffff
$7 = 101
$8 = 65 'A'
The program exited with code 0.
`,
    err: `
error: '5' sets nothing
help: write set PLACE = VALUE
error: 'x' is no number of lines
`,
  },
  {
    name: 'shows memory',
    file: 'fac.wat',
    script: `
start
x/20xb 32
x/2xw 0x20

x/4dh 32
x/s 32
x/2s 32
x/c 32
x/8c 32
x/g 32
x/f 32
x/xb 65535
x/xb 65536
x/4xb 65534
x/q 1
p *(u8*)32@5
p/s *(u8*)32@12
x &memory[0][33]
`,
    out: `
$main () at fac.wat:13:17
   11            (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
   12    (func $main (export "_start")
=> 13      (i32.store (i32.const 16) (call $fac (i32.const 5)))
                       ^ i32.const 16
   14      (i32.store8 (i32.const 20) (i32.const 65)))
   15    (data (i32.const 32) "hello\\00world"))
0x20: 0x68 0x65 0x6c 0x6c 0x6f 0x00 0x77 0x6f 0x72 0x6c 0x64 0x00 0x00 0x00 0x00 0x00  hello.world.....
0x30: 0x00 0x00 0x00 0x00                                                              ....
0x20: 0x6c6c6568 0x6f77006f
0x28: 0x00646c72 0x00000000
0x20: 25960 27756   111 28535
0x20: "hello"
0x20: "hello"
0x26: "world"
0x20: 104 'h'
0x20: 104 'h' 101 'e' 108 'l' 108 'l' 111 'o'  0 '\\0' 119 'w' 111 'o'
0x20: 0x6f77006f6c6c6568
0x20: 1.1431415e+27
0xffff: 0x00  .
0xfffe: 0x00 0x00  ..
$1 = {104, 101, 108, 108, 111}
$2 = "hello"
0x21: 0x65 0x6c 0x6c 0x6f  ello
`,
    err: `
error: 0x10000 is beyond the memory's end
help: its last byte is 0xffff
error: '/q' is no format of memory
help: a count, a letter of x d u o t c f s, a unit of b h w g: x/16xb
`,
  },
  {
    name: 'displays at every stop',
    file: 'fac.wat',
    options: ['-ex', 'set context 0'],
    script: `
display $n
display/x $calls
display/4xb 16
b fac
run
c
info display
undisplay 1
undisplay 9
display
`,
    out: `
Breakpoint 1: $fac at fac.wat:5:34
Breakpoint 1, $fac ($n=5) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 0
1: $n = 5
2: $calls = 0x0
3: x/4xb 16
0x10: 0x00 0x00 0x00 0x00  ....
Breakpoint 1, $fac ($n=4) at fac.wat:5:34
=> 5      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                                       ^ global.get $calls  ;; = 1
1: $n = 4
2: $calls = 0x1
3: x/4xb 16
0x10: 0x00 0x00 0x00 0x00  ....
1: $n
2: /x $calls
3: /4xb 16
2: $calls = 0x1
3: x/4xb 16
0x10: 0x00 0x00 0x00 0x00  ....
`,
    err: `
error: there is no display 9
help: 'info display' lists them
`,
  },
  {
    name: 'the second memory, and printing it',
    file: 'two.wat',
    script: `
start
x/2xb &memory[1][0]

p *(u16*)&memory[1][1]
set memory[1][3] = 9
x/4xb &memory[1][0]
info memories
watch memory[1][1]
c
`,
    out: `
$_start () at two.wat:6:26
   4    (data (memory $second) (i32.const 0) "\\01\\02\\03\\04")
   5    (func (export "_start")
=> 6      (i32.store8 $second (i32.const 1) (i32.const 7))
                               ^ i32.const 1
   7      nop))
   8
0x0: 0x01 0x02  ..
0x2: 0x03 0x04  ..
$1 = 770
0x0: 0x01 0x02 0x03 0x09  ....
memory 0: 65,536 bytes, up to 0x10000
memory 1: 65,536 bytes, up to 0x10000
Watchpoint 1: *0x1:1 of memory 1
Old value: 02
New value: 07
Watchpoint 1, $_start () at two.wat:7:5
   5    (func (export "_start")
   6      (i32.store8 $second (i32.const 1) (i32.const 7))
=> 7      nop))
   8
`,
  },
];
