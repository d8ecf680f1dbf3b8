"""What fifty companies in one code location are, loaded in a process of its own; how long it takes, ``make bench`` says."""

from rentaxis_pipelines_bench import companies, definitions_cost, night_queue, shards

COMPANIES, JOBS_OF_ONE, ASSETS_OF_ONE = 50, 9, 16
SENSORS = 7  # of the location, however many companies: what runs again, notices, the heartbeat


def test_fifty_companies_are_nine_jobs_and_one_schedule_each_and_fit_their_memory(record_property) -> None:
    """The sensors are the location's; nothing but jobs, assets and schedules grows with the companies."""
    cost = definitions_cost.of(COMPANIES)
    record_property("cost", str(cost))
    assert cost.companies == cost.schedules == COMPANIES
    assert cost.jobs == JOBS_OF_ONE * COMPANIES
    assert cost.assets == ASSETS_OF_ONE * COMPANIES
    assert cost.sensors == SENSORS


def test_a_night_in_the_queue_keeps_to_its_places() -> None:
    """Twenty companies at one hour: all of them come to their turn, never more at once than may, never two of one company."""
    queued = night_queue.measure(20, events=3)
    assert queued.runs == 20
    assert queued.most == 3
    assert queued.rounds >= 7
    assert not queued.twice


def test_a_shard_is_one_run_of_fifty_companies() -> None:
    """120 companies on dynamic partitions are launched as three runs, and a run materializes the companies of its shard alone."""
    measured = shards.measure(120)
    assert (measured.companies, measured.runs, measured.companies_of_run) == (120, 3, 50)
    assert measured.events_of_run >= measured.companies_of_run


def test_what_a_night_takes_grows_with_the_companies() -> None:
    """Worked out from what was measured; the note names what is assumed."""
    cost = dict.fromkeys(companies.NUMBERS, definitions_cost.Cost(1, 3.0, 3.0, 4.0, 250.0, 0.5, 9, 16, 1, 3))
    queued = night_queue.Queued(1_000, 334, 10.0, 20.0, 5.0, 100, 17_000, 100.0, 3, twice=False)
    run, *nights = companies.figures_of_night(1_000, 6.0, cost, queued)
    assert run.value == 6.0
    values = [figure.value or 0 for figure in nights]
    assert values == sorted(values)
    assert values[2] / values[1] == 10
    assert all("Assumed:" in figure.note for figure in nights)
