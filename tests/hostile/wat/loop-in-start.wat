;; Computes before it is asked anything.
(func $start (loop br 0))
(start $start)
