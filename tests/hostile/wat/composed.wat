(component
  (component $inner
    (core module $m
      (memory (export "memory") 300)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
      (func (export "take") (param i32 i32)))
    (core instance $i (instantiate $m))
    (func (export "take") (param "text" string)
      (canon lift (core func $i "take") (memory (core memory $i "memory"))
        (realloc (core func $i "realloc")) string-encoding=utf16)))
  (instance $taker (instantiate $inner))
  (core module $memory (memory (export "memory") 300))
  (core instance $own (instantiate $memory))
  (core func $take
    (canon lower (func $taker "take") (memory (core memory $own "memory")) string-encoding=utf8))
  (core module $floods
    (import "" "take" (func $take (param i32 i32)))
    (func $flood (loop (call $take (i32.const 0) (i32.const 9000000)) br 0))
    (start $flood))
  (core instance (instantiate $floods (with "" (instance (export "take" (func $take))))))
  (instance $nothing)
  (export "hermes:backend/service-manager@0.3.0" (instance $nothing)))
