;; No record starts at an odd address.
(func (export "#describe") (result i32) i32.const 3)
