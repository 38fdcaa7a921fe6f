;; Each costs the host memory, though no capability is used.
(import "[export]hostile:more/things" "[resource-new]thing"
  (func $new (param i32) (result i32)))
(func (export "#describe") (result i32)
  (loop (drop (call $new (i32.const 1))) br 0)
  unreachable)
