;; Few instructions and much work.
(memory (export "memory") 1000)
(func (export "#describe") (result i32)
  (loop (memory.fill (i32.const 0) (i32.const 7) (i32.const 65000000)) br 0)
  unreachable)
