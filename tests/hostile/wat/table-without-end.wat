(table $t 1 funcref)
(func (export "#describe") (result i32)
  (loop (drop (table.grow $t (ref.null func) (i32.const 1000))) br 0)
  unreachable)
