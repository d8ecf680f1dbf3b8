"""What mapping decides by, as one fingerprint: two plans with the same one decide alike about the same record. Pure."""

import hashlib

import msgspec

from rentaxis_pipelines.mapping.references import References
from rentaxis_pipelines.settings import Company


def fingerprint(company: Company, references: References) -> str:
    """Of the company file's mappings and policies, and of QuickBooks' lists and preferences by name.

    Balances and the like are not among the references, so a posting does not change it.
    """
    mapped = company.model_dump_json(include={"go_live", "currency", "mappings", "policies"})
    listed = msgspec.json.encode(references, order="sorted")
    return hashlib.sha256(mapped.encode() + listed).hexdigest()[:32]
