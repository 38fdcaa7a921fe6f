(component
  (instance $nothing)
  (export "hermes:backend/service-manager@0.3.0" (instance $nothing)))
