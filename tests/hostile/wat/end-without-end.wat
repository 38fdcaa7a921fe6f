;; Computes when its answer is taken already.
(memory (export "memory") 1)
(func (export "#describe") (result i32) i32.const 64)
(func (export "cabi_post_#describe") (param i32) (loop br 0))
(data (i32.const 64) "\c8\00\00\00\04\00\00\00\c8\00\00\00\04\00\00\00\c8\00\00\00\04\00\00\00")
(data (i32.const 200) "acme")
