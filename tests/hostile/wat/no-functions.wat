(component
  (instance $nothing)
  (export "hermes:backend/service-manager@0.1.0" (instance $nothing)))
