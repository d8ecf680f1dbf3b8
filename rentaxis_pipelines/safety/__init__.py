"""What must never leak: files nobody else may read, requests that carry a secret, values inside errors. Imports no other room."""
