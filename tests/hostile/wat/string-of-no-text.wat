;; Its id is not UTF-8.
(memory (export "memory") 1)
(data (i32.const 0) "\40\00\00\00\02\00\00\00")
(data (i32.const 64) "\ff\fe")
(func (export "#describe") (result i32) i32.const 0)
