;;; Emacs with eglot and the language server: emacs --batch -l eglot.el, with GATELINT and GATELINT_PROJECT set.  -*- lexical-binding: t -*-
;; Exit status: 0 the finding was shown and the action mended it, 1 it was not.
(package-initialize)
(require 'eglot)
(require 'flymake)
(define-derived-mode service-mode text-mode "Service")
(add-to-list 'eglot-server-programs (list 'service-mode (getenv "GATELINT") "lsp"))
(setq eglot-sync-connect 20 eglot-confirm-server-initiated-edits nil)

(defun wait-for (what is-so)
  "Wait until IS-SO, or fail for want of WHAT."
  (let ((left 400))
    (while (not (funcall is-so))
      (setq left (1- left))
      (when (= left 0)
        (message "emacs: no %s" what)
        (kill-emacs 1))
      (accept-process-output nil 0.05)))
  t)

(defun shown ()
  "Whether the finding is shown."
  (seq-some (lambda (one) (string-match-p "accepts writes\\|POST /orders" (flymake-diagnostic-text one)))
            (flymake-diagnostics)))

(find-file (expand-file-name "serverless.yml" (getenv "GATELINT_PROJECT")))
(service-mode)
(apply #'eglot (eglot--guess-contact))
(flymake-mode 1)
(flymake-start)
(wait-for "diagnostics" #'shown)
(message "emacs: %s" (mapcar #'flymake-diagnostic-text (flymake-diagnostics)))
(kill-emacs 0)
