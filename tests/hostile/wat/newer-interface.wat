;; A later version of the contract that is compatible, with one interface more.
(component
  (import "hermes:backend/units@0.3.3" (instance (export "reload" (func))))
  (instance $nothing)
  (export "hermes:backend/service-manager@0.3.3" (instance $nothing)))
