;; An option is none or some, and this is 7.
(memory (export "memory") 1)
(data (i32.const 0) "\07")
(func (export "#detect") (result i32) i32.const 0)
(func (export "#describe") (result i32) i32.const 64)
(data (i32.const 64) "\c8\00\00\00\04\00\00\00\c8\00\00\00\04\00\00\00\c8\00\00\00\04\00\00\00")
(data (i32.const 200) "acme")
