;; The contract in this version has no such function.
(component
  (import "hermes:backend/clock@0.3.0" (instance (export "stop" (func))))
  (instance $nothing)
  (export "hermes:backend/service-manager@0.3.0" (instance $nothing)))
