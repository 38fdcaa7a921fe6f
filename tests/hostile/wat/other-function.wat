;; The contract has this function, and it answers a time.
(component
  (import "hermes:backend/clock@0.3.0" (instance (export "now" (func (result string)))))
  (instance $nothing)
  (export "hermes:backend/service-manager@0.3.0" (instance $nothing)))
