"""Writes the contract of the staging models into dbt_like_sql/README.md, where it stands between two comments."""

from pathlib import Path

from rentaxis_pipelines.rentaxis.contract_document import document

README = Path(__file__).parents[1] / "dbt_like_sql" / "README.md"
BEGIN, END = "`rentaxis-sync source contract` prints. -->", "<!-- The end of it. -->"

text = README.read_text(encoding="utf-8")
before, _, rest = text.partition(BEGIN)
_, _, after = rest.partition(END)
README.write_text(f"{before}{BEGIN}\n\n{document()}\n\n{END}{after}", encoding="utf-8")
