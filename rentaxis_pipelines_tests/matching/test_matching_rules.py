"""Which customer a payer is: each rule, in its order, with the very words an accountant reads."""

import datetime as dt
from typing import Any

import pytest

from rentaxis_pipelines.matching.customers import SHOWN, Match, match_customers
from rentaxis_pipelines.matching.people_index import index_people
from rentaxis_pipelines.model.decisions import Decision, DecisionState
from rentaxis_pipelines.model.reasons import REASONS, ReasonCode

KEY = ("tenant", "1")
MAIL = "ann@example.com"


def one(payer: Any, customers: list[Any], **more: Any) -> Match:
    match = match_customers(
        [payer], index_people(customers), more.pop("links", {}), more.pop("owners", {}), **more
    )
    return match[payer.kind, payer.source_id]


class TestLinks:
    def test_a_link_that_stands_wins_over_every_name_and_address(self, payer, customer, link) -> None:
        """The tenant's e-mail is another customer's; the link is older than that."""
        customers = [customer("7", "Somebody Else"), customer("8", "Ann Lee", MAIL)]
        match = one(payer("Ann Lee", MAIL), customers, links={KEY: link("7")}, owners={"7": KEY})
        assert (match.resolution, match.quickbooks_id, match.refusal) == ("linked", "7", None)

    @pytest.mark.parametrize(
        ("there", "code", "says"),
        [
            (False, "inactive_reference", "Tenant Ann Lee is linked to customer 'Ann Lee', which was made inactive in QuickBooks or merged into another customer."),
            (
                None,
                "gone_in_quickbooks",
                "Tenant Ann Lee is linked to customer 'Ann Lee' (id 7), which is no longer in QuickBooks: "
                "it was deleted or merged into another customer.",
            ),
        ],
    )  # fmt: skip
    def test_a_dead_link_says_what_became_of_the_customer(
        self, payer, customer, link, there, code, says
    ) -> None:
        """Nobody is guessed in its place, not even a customer with the tenant's e-mail."""
        customers = [customer("8", "Ann Lee", MAIL)]
        customers += [] if there is None else [customer("7", "Ann Lee (deleted)", active=there)]
        match = one(payer("Ann Lee", MAIL), customers, links={KEY: link("7")}, owners={"7": KEY})
        assert (match.resolution, match.refusal.code, match.refusal.reason) == ("stale", code, says)
        assert "rentaxis-sync links relink tenant 1 ID" in match.refusal.remedy

    def test_a_customer_made_active_again_heals_the_link(self, payer, customer, link) -> None:
        """Also one that a push found gone: the snapshot is newer than the ledger's note."""
        match = one(
            payer("Ann Lee"),
            [customer("7", "Ann Lee")],
            links={KEY: link("7", state="gone")},
            owners={"7": KEY},
        )
        assert match.resolution == "linked"


class TestImported:
    def test_an_imported_payer_is_the_customer_it_came_from(self, payer, customer) -> None:
        """Its id serves as the customer of its invoices, though the payer itself is never echoed back."""
        match = one(payer("Ann Lee", imported="58"), [customer("58", "Bakery"), customer("9", "Ann Lee")])
        assert (match.resolution, match.quickbooks_id) == ("imported", "58")

    def test_a_customer_imported_for_one_payer_is_nobody_elses_by_e_mail(self, payer, customer) -> None:
        """RentAxis' own word comes before an e-mail address."""
        payers = [payer("Bakery", imported="58"), payer("Ann Lee", MAIL, source_id="2")]
        found = match_customers(payers, index_people([customer("58", "Bakery", MAIL)]), {}, {})
        assert found["tenant", "1"].resolution == "imported"
        assert found["tenant", "2"].resolution == "new"

    def test_a_payer_of_another_day_keeps_its_imported_customer(self, payer, customer) -> None:
        """Neither e-mail nor name gives it to a payer of the days a run looks at."""
        customers = [customer("58", "Ann Lee", MAIL)]
        before = {"58": [("program", "9")]}
        assert one(payer("Ann Lee", MAIL), customers, imported_before=before).resolution == "new"
        match = one(payer("Ann Lee", imported="58"), customers, imported_before=before)
        assert (match.refusal.code, match.quickbooks_id) == ("ambiguous_match", None)
        assert "that customer already belongs to program 9" in match.refusal.reason

    def test_a_payer_linked_to_another_one_leaves_its_imported_customer_free(self, payer, customer) -> None:
        """A person corrected RentAxis' record; the customer is whose e-mail it bears."""
        match = one(
            payer("Ann Lee", MAIL),
            [customer("58", "Ann Lee", MAIL)],
            imported_before={"58": [("program", "9")]},
            owners={"7": ("program", "9")},
        )
        assert (match.resolution, match.quickbooks_id) == ("matched_email", "58")

    def test_two_payers_imported_from_one_customer_stop(self, payer, customer) -> None:
        """Neither is linked; one customer is never two payers."""
        payers = [payer("Ann Lee", imported="58"), payer("Lee Ann", imported="58", kind="program")]
        found = match_customers(payers, index_people([customer("58", "Ann Lee")]), {}, {})
        assert {match.refusal.code for match in found.values()} == {"ambiguous_match"}
        assert found[KEY].refusal.reason == (
            "Tenant Ann Lee was imported from customer 'Ann Lee' (customer 58) according to RentAxis, "
            "but that customer already belongs to program 1."
        )

    def test_an_imported_customer_that_is_gone_is_said_to_be_gone(self, payer) -> None:
        """No other customer takes its place."""
        assert one(payer("Ann Lee", imported="58"), []).refusal.code == "gone_in_quickbooks"


class TestEmail:
    @pytest.mark.parametrize(
        "theirs",
        ["ann@example.com", " Ann@Example.COM ", "desk@example.com, ann@example.com", "ann@example.com;x@y.com", "ann@example.com,ann@example.com"],
    )  # fmt: skip
    def test_one_customer_with_the_address_is_the_payer(self, payer, customer, theirs) -> None:
        """Trimmed and case-folded; QuickBooks' field may hold several addresses."""
        match = one(payer("Ann Lee", " ANN@example.com "), [customer("7", "Someone", theirs)])
        assert (match.resolution, match.quickbooks_id) == ("matched_email", "7")

    def test_part_of_an_address_is_no_match(self, payer, customer) -> None:
        """joann@example.com is somebody else."""
        assert (
            one(payer("Ann Lee", MAIL), [customer("7", "Someone", "joann@example.com")]).resolution == "new"
        )

    def test_an_inactive_customer_is_not_found_by_address(self, payer, customer) -> None:
        """Only active customers link by themselves."""
        assert one(payer("Ann Lee", MAIL), [customer("7", "Someone", MAIL, active=False)]).resolution == "new"

    def test_one_address_on_two_customers_stops_and_names_them(self, payer, customer) -> None:
        match = one(
            payer("Ann Lee", MAIL), [customer("10", "Ann Lee", MAIL), customer("9", "A. Lee (old)", MAIL)]
        )
        assert (match.resolution, match.refusal.code) == ("ambiguous", "ambiguous_match")
        assert match.refusal.reason == (
            "2 customers in QuickBooks have the e-mail address of Tenant Ann Lee: "
            "'A. Lee (old)' (customer 9) and 'Ann Lee' (customer 10)."
        )
        assert [one.quickbooks_id for one in match.candidates] == ["9", "10"]

    def test_one_address_on_two_customers_stops_also_if_one_is_somebody_elses(self, payer, customer) -> None:
        """Exactly one customer with the address is the rule; which two share it is worth a look. Only the free one can be chosen."""
        customers = [customer("9", "Ann Lee", MAIL), customer("10", "Bob Lee", MAIL)]
        match = one(payer("Ann Lee", MAIL), customers, owners={"10": ("tenant", "2")})
        assert match.refusal.code == "ambiguous_match"
        assert "'Bob Lee' (customer 10), which already belongs to someone else" in match.refusal.reason
        assert [one.quickbooks_id for one in match.candidates] == ["9"]

    def test_one_address_of_several_payers_stops(self, payer, customer) -> None:
        """Also when only one of them is in the chosen days: RentAxis counts them all."""
        match = one(payer("Ann Lee", MAIL, payers_with_same_email=2), [customer("7", "Ann Lee", MAIL)])
        assert match.refusal.code == "ambiguous_match"
        assert match.refusal.reason == (
            "2 payers in RentAxis share the e-mail address of customer 'Ann Lee' (customer 7); Tenant Ann Lee is one of them."
        )

    def test_a_customer_with_the_addresses_of_two_payers_stops_both(self, payer, customer) -> None:
        """Each address is one payer's alone, but the customer can be one of them only."""
        payers = [payer("Ann Lee", MAIL), payer("Bob Lee", "bob@example.com", source_id="2")]
        found = match_customers(
            payers, index_people([customer("7", "The Lees", f"{MAIL}, bob@example.com")]), {}, {}
        )
        assert {match.resolution for match in found.values()} == {"ambiguous"}
        assert found[KEY].refusal.reason == (
            "Customer 'The Lees' (customer 7) has the e-mail addresses of Tenant Ann Lee and of Tenant Bob Lee."
        )

    def test_a_linked_customer_is_nobody_elses_candidate(self, payer, customer) -> None:
        """Neither by address nor by name."""
        match = one(payer("Ann Lee", MAIL), [customer("7", "Ann Lee", MAIL)], owners={"7": ("program", "1")})
        assert match.resolution == "new"


class TestNames:
    @pytest.mark.parametrize(
        ("ours", "theirs", "active", "why"),
        [
            ("Terrence Boyd", "terrence boyd", True, "same name"),
            ("Ann Lee", "Lee, Ann", True, "surname first"),
            ("Ann Lee", "Lee Ann", True, "same words in a different order"),
            ("Soren Kjaergaard", "Søren Kjærgaard", True, "same name except for an accent"),
            ("Pat O'Brien", "Pat OBrien", True, "same name, different spelling"),
            ("Lucille Okafor", "Lucille Okafor (deleted)", False, "same name, inactive in QuickBooks"),
            ("Hannah Whitfield", "Hanna Whitfield", True, "one letter differs"),
            ("Maria Garcia", "Maria Elena Garcia", True, "one has an additional name"),
            ("Maria Delacruz", "Maria De La Cruz", True, "same name, spaced differently"),
            ("Corner Store", "The Corner Store LLC", True, "same name except for a title or company form"),
            ("Bob Stone", "Robert Stone", True, "same name, one in a short form"),
            ("Stephen Walker", "Steven Walker", True, "nearly the same name, different spelling"),
        ],
    )  # fmt: skip
    def test_a_name_alone_waits_and_says_how_it_is_alike(
        self, payer, customer, ours, theirs, active, why
    ) -> None:
        """A name never links by itself."""
        match = one(payer(ours), [customer("7", theirs, active=active)])
        assert (match.resolution, match.refusal.code) == ("waiting", "waiting_for_confirmation")
        assert (
            match.refusal.reason
            == f"Tenant {ours} may be the QuickBooks customer '{theirs}' (customer 7): {why}."
        )
        assert match.candidates[0].why == why
        assert "rentaxis-sync links confirm tenant 1 ID" in match.refusal.remedy

    def test_another_address_is_said_but_does_not_decide(self, payer, customer) -> None:
        match = one(payer("Ann Lee", MAIL), [customer("7", "Ann Lee", "lee@example.com")])
        assert match.candidates[0].why == "same name, different e-mail"

    def test_an_inactive_candidate_is_to_be_made_active_first(self, payer, customer) -> None:
        """Confirming an inactive customer is refused, so the remedy says what comes before."""
        match = one(payer("Ann Lee"), [customer("7", "Ann Lee (deleted)", active=False)])
        assert match.refusal.remedy.startswith("Make it active in QuickBooks, then confirm it")

    def test_many_of_one_name_show_the_first_and_count_the_others(self, payer, customer) -> None:
        match = one(payer("Ann Lee"), [customer(str(number), "Ann Lee") for number in range(1, 13)])
        assert [one.quickbooks_id for one in match.candidates] == ["1", "2", "3", "4", "5"]
        assert match.refusal.reason.endswith(f"; and {12 - SHOWN} more.")

    @pytest.mark.parametrize("name", [None, "", "   "])
    def test_a_payer_without_a_name_is_like_nobody(self, payer, customer, name) -> None:
        """A customer without words in its name is no candidate either."""
        assert one(payer(name), [customer("7", ""), customer("8", "...")]).resolution == "new"

    def test_nobody_alike_means_a_new_customer(self, payer, customer) -> None:
        assert (
            one(payer("Ann Lee", MAIL), [customer("7", "Grace Hopper", "grace@example.com")]).resolution
            == "new"
        )

    @pytest.mark.parametrize(
        "name",
        [
            "王小明",
            "مُحَمَّد الأمين",
            "Владимир Иванов",
            "🏠🔑",
            "Ann 🏠 Lee",
            "x" * 600,
            "ﬁancée Ⅷ",
            "\u202eLee Ann\u202c",
        ],
    )
    def test_names_of_every_script_are_compared_and_none_crashes(self, payer, customer, name) -> None:
        """The same text is the same name, whatever it is written in."""
        assert one(payer(name), [customer("7", name)]).resolution == "waiting"
        assert one(payer(name), [customer("7", "Grace Hopper")]).resolution == "new"


class TestDecided:
    NEW = Decision(
        realm="1", source_type="tenant", source_id="1", kind="make_new", why="x", who="y", decided_at=dt.datetime.now(dt.UTC)
    )  # fmt: skip

    def test_a_rejected_customer_is_never_suggested_again(self, payer, customer) -> None:
        customers = [customer("7", "Ann Lee"), customer("8", "Ann Leigh")]
        decided = {KEY: DecisionState(rejected=frozenset({"7"}))}
        assert one(payer("Ann Lee"), customers[:1], decided=decided).resolution == "new"

    def test_of_two_with_the_address_the_one_not_rejected_is_left(self, payer, customer) -> None:
        """The person said which one it is not, so exactly one remains."""
        customers = [customer("7", "Ann Lee", MAIL), customer("8", "Ann Lee", MAIL)]
        match = one(
            payer("Ann Lee", MAIL), customers, decided={KEY: DecisionState(rejected=frozenset({"7"}))}
        )
        assert (match.resolution, match.quickbooks_id) == ("matched_email", "8")

    def test_make_a_new_one_passes_over_every_candidate(self, payer, customer) -> None:
        customers = [customer("7", "Ann Lee", MAIL), customer("8", "Ann Lee")]
        assert (
            one(payer("Ann Lee", MAIL), customers, decided={KEY: DecisionState(make_new=self.NEW)}).resolution
            == "new"
        )


def test_every_reason_code_matching_gives_is_in_the_table_of_reasons() -> None:
    """A code that the table does not know would end the run."""
    for code in ("gone_in_quickbooks", "inactive_reference", "ambiguous_match", "waiting_for_confirmation"):
        assert ReasonCode(code) in REASONS


class TestOwnMark:
    def test_a_customer_that_carries_the_payers_mark_is_the_payers_whatever_its_name(
        self, payer, customer
    ) -> None:
        """The ledger was lost and the accountant renamed it; somebody else has the address."""
        customers = [customer("7", "Their own name"), customer("8", "Ann Lee", MAIL)]
        match = one(payer("Ann Lee", MAIL), customers, own={KEY: ["7"]})
        assert (match.resolution, match.quickbooks_id) == ("own", "7")

    def test_it_is_nobody_elses_candidate(self, payer, customer) -> None:
        match = one(payer("Ann Lee"), [customer("7", "Ann Lee")], own={("tenant", "2"): ["7"]})
        assert match.resolution == "new"

    @pytest.mark.parametrize(
        "more",
        [{"owners": {"7": ("tenant", "2")}}, {"decided": {KEY: DecisionState(rejected=frozenset({"7"}))}}],
    )
    def test_one_that_is_somebodys_or_that_a_person_denied_is_not(self, payer, customer, more) -> None:
        assert one(payer("Ann Lee"), [customer("7", "Other")], own={KEY: ["7"]}, **more).resolution == "new"

    def test_an_inactive_one_waits_and_a_copied_mark_is_asked_about(self, payer, customer) -> None:
        inactive = [customer("7", "Ann Lee (deleted)", active=False)]
        assert one(payer("Ann Lee"), inactive, own={KEY: ["7"]}).refusal.code == "inactive_reference"
        two = [customer("7", "Ann Lee"), customer("8", "Ann Lee too")]
        match = one(payer("Ann Lee"), two, own={KEY: ["7", "8"]})
        assert (match.resolution, match.refusal.code) == ("ambiguous", "ambiguous_match")
        assert (
            "2 customers in QuickBooks carry the mark of Tenant Ann Lee in their notes: 'Ann Lee' (customer 7)"
            in match.refusal.reason
        )
        assert [candidate.quickbooks_id for candidate in match.candidates] == ["7", "8"]
