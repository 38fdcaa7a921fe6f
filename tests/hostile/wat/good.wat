;; A backend that does nothing wrong, as little as it does.
(memory (export "memory") 1)
(func (export "#describe") (result i32) i32.const 64)
(data (i32.const 64) "\c8\00\00\00\04\00\00\00\c8\00\00\00\04\00\00\00\c8\00\00\00\04\00\00\00")
(data (i32.const 200) "acme")
