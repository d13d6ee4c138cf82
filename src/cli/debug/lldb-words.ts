/** What lldb calls the commands that gdb has other words for: one row a phrase, and what it is here. */

const phrases: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/^(?:breakpoint|br) (?:set|s) (?:-n|--name) (\S+)(?: (?:-c|--condition) (.*))?$/, 'break $1 if $2'],
  [/^(?:breakpoint|br) (?:set|s) (?:-f|--file) (\S+) (?:-l|--line) (\d+)$/, 'break $1:$2'],
  [/^(?:breakpoint|br) (?:set|s) (?:-l|--line) (\d+)$/, 'break $1'],
  [/^(?:breakpoint|br) (?:set|s) (?:-a|--address) (\S+)$/, 'break *$1'],
  [/^(?:breakpoint|br) (?:list|l)$/, 'info breakpoints'],
  [/^(?:breakpoint|br) (delete|del|enable|disable)(.*)$/, '$1$2'],
  [/^(?:watchpoint|wa) (?:set|s) (?:variable|v) (\S+)$/, 'watch $1'],
  [/^(?:watchpoint|wa) (?:list|l)$/, 'info breakpoints'],
  [/^(?:process|pr) (?:launch|la)(.*)$/, 'run$1'],
  [/^(?:process|pr) (?:continue|c)$/, 'continue'],
  [/^(?:process|pr) kill$/, 'kill'],
  [/^(?:thread|th) (?:backtrace|b)(.*)$/, 'backtrace$1'],
  [/^(?:thread|th) step-(?:in|inst)$/, 'step'],
  [/^(?:thread|th) step-(?:over|inst-over)$/, 'next'],
  [/^(?:thread|th) step-out$/, 'finish'],
  [/^(?:frame|fr) (?:variable|v) (\S+)$/, 'print $1'],
  [/^(?:frame|fr) (?:variable|v)$/, 'info locals'],
  [/^(?:frame|fr) (?:select|s) (\d+)$/, 'frame $1'],
  [/^(?:frame|fr) (?:info|i)$/, 'info frame'],
  [/^(?:memory|me) (?:read|r) (\S+)$/, 'x/32xb $1'],
  [/^(?:memory|me) (?:read|r) (?:-c|--count) (\d+) (\S+)$/, 'x/$1xb $2'],
  [/^(?:register|re) (?:read|r)$/, 'info operands'],
  [/^(?:expression|expr)(?: --)? (.*)$/, 'print $1'],
  [/^di(?: -f)?$/, 'disassemble'],
  [/^di (?:-n|--name) (\S+)$/, 'disassemble $1'],
];

/** A line in gdb's words; one that is no phrase of lldb's stays as it is. */
export function inGdbWords(line: string): string {
  const text = line.trim().replace(/\s+/g, ' ');
  const found = phrases.find(([pattern]) => pattern.test(text));
  return found === undefined ? line : text.replace(found[0], found[1]).replace(/ if $/, '');
}
