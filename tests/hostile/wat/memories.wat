;; Each of them within the limit, and together beyond.
(memory (export "memory") 400)
(memory 400)
(memory 400)
