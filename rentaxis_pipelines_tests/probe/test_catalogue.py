"""The catalogue proves itself: against an emulator whose switches are known it finds them, and leaves the company as it was."""


def test_a_probe_of_the_default_company_sees_what_is_expected(bench):
    outcome = bench.probe()
    different = {
        number: seen.said for number, seen in outcome.journal.seen.items() if seen.as_expected is False
    }
    assert different == {}
    print({n: s.said for n, s in outcome.journal.seen.items()})
    print(outcome.after, outcome.journal.left)
