(module
  (func $square (param $x i32) (result i32)
    local.get $x
    local.get $x
    i32.mul)

  ;; 1·1 + 2·2 + … + n·n, for n from 1 up
  (func $sum_of_squares (export "sum_of_squares") (param $n i32) (result i32)
    (local $sum i32)
    loop $next
      local.get $sum
      local.get $n
      call $square
      i32.add
      local.set $sum
      local.get $n
      i32.const 1
      i32.sub
      local.tee $n
      br_if $next
    end
    local.get $sum))
