"""The numbered list of experiments, and nothing else. A number is never given twice, also where an experiment is dropped."""

from rentaxis_pipelines.probe.catalogue_edges import EDGES
from rentaxis_pipelines.probe.catalogue_writes import WRITES
from rentaxis_pipelines.probe.experiment import Experiment

CATALOGUE: tuple[Experiment, ...] = (*WRITES, *EDGES)
