(component
  (import "acme:db/store@1.0.0" (instance (export "drop-all" (func)))))
