"""What must never leak: private files, requests that carry a secret, values in error messages. Imports no other package of ours."""
