"""The numbered list of experiments, and nothing else. A number is never given twice, also where an experiment is dropped."""

from rentaxis_pipelines.probe.catalogue_edges import EDGES
from rentaxis_pipelines.probe.experiment import Experiment
from rentaxis_pipelines.probe.experiments import request_ids

CATALOGUE: tuple[Experiment, ...] = (
    Experiment(
        1,
        "request id, same body",
        "Does a create that is sent twice with one request id make one invoice?",
        "One invoice: the second call brings the first answer.",
        "Intuit's post of 2015-04-06; a test of python-quickbooks against a sandbox (2021)",
        request_ids.same_body,
        switches=("requestid",),
    ),
    *EDGES,
)
