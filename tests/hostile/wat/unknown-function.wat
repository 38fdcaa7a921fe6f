;; The contract in this version has no such function.
(component
  (import "hermes:backend/clock@0.2.0" (instance (export "stop" (func))))
  (instance $nothing)
  (export "hermes:backend/service-manager@0.2.0" (instance $nothing)))
