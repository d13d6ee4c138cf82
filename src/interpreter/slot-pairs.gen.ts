/**
 * Pairs of operations that follow one another in real programs, and what share of all operations begins one, in
 * percent. Written by scripts/mine-pairs.mjs; do not edit.
 */
export const pairNames: readonly string[] = [
  'i64.store; i64.store', // 1.96
  'i32.load; i32.load', // 1.95
  'i32.add_i; global.set_word', // 1.86
  'copy_word; copy_word', // 1.63
  'i32.add_i; i32.add_i', // 1.27
  'i32.load; i32.add_i', // 1.22
  'i32.add_i; i32.store', // 0.97
  'const_word; br', // 0.89
  'i64.load; i64.store', // 0.89
  'i64.load; i64.load', // 0.82
  'i32.add_i; i32.load', // 0.81
  'const_word; i32.load', // 0.79
  'i32.shl_i+i32.add; i32.load', // 0.71
  'i32.and_i; br_z', // 0.68
  'i32.add_i; i32.load8_u', // 0.68
  'i32.shr_u_i+i32.and_i; i32.add', // 0.68
  'global.get_word; i32.add_i', // 0.67
  'i32.store; i32.add_i', // 0.62
  'i32.add; i32.load8_u', // 0.62
  'i64.extend_i32_u; i64.add_i', // 0.61
  'i32.add_i; const_word', // 0.59
  'i32.store; i32.load', // 0.58
  'i32.load; br_i32.ge_u', // 0.57
  'i32.store; i32.store', // 0.55
  'i32.add; i32.add_i', // 0.55
  'i32.load; i32.shl_i+i32.add', // 0.55
  'i32.load; br_z', // 0.53
  'i32.load; i32.and_i', // 0.51
  'i32.load; i32.shr_u_i+i32.and_i', // 0.50
  'copy_word; const_word', // 0.49
  'const_pair; i64.store', // 0.46
  'i32.load; br_i32.lt_u', // 0.46
  'i32.load8_u; i32.add', // 0.45
  'i32.load8_u; i32.and_i', // 0.44
  'i32.add; i32.load', // 0.44
  'const_word; i32.sub', // 0.44
  'i64.store; i32.add_i', // 0.43
  'i32.add_i; br_nz', // 0.43
  'i32.add_i; copy_word', // 0.42
  'i32.and_i; i32.add_i', // 0.42
  'i32.load8_u; i32.load8_u', // 0.41
  'i32.load; copy_word', // 0.40
  'i32.load; br_nz', // 0.40
  'const_word; select_word', // 0.39
  'const_word; const_word', // 0.39
  'i32.load; i32.store', // 0.35
  'i32.add_i; br', // 0.35
  'br_z; i32.load', // 0.33
  'i64.store; i64.load', // 0.32
  'i32.eq; i32.add', // 0.32
  'i32.load16_u; br_i32.ge_u_i', // 0.31
  'i64.store; i64.extend_i32_u', // 0.31
  'i32.store; const_word', // 0.31
  'i32.add_i; br_i32.ne', // 0.30
  'i32.and_i; br_i32.ne_i', // 0.30
  'i32.load; const_word', // 0.29
  'i32.load8_u; br_i32.ne', // 0.29
  'i32.or; i32.and_i', // 0.29
  'br_i32.ge_u; i32.load', // 0.29
  'const_word; br_nz', // 0.28
  'i32.store; br', // 0.28
  'i32.load8_u; i32.eq', // 0.28
];
