(component
  (instance $nothing)
  (export "hermes:backend/service-manager@0.2.0" (instance $nothing)))
