"""The numbered list of experiments. A number is never reused, even if its experiment is dropped."""

from rentaxis_pipelines.probe.catalogue_edges import EDGES
from rentaxis_pipelines.probe.catalogue_writes import WRITES
from rentaxis_pipelines.probe.experiment import Experiment

CATALOGUE: tuple[Experiment, ...] = (*WRITES, *EDGES)
