;; Looks at the clock before it is asked anything.
(import "hermes:backend/clock@0.3.0" "now" (func $now (result i64)))
(func $start (drop (call $now)))
(start $start)
