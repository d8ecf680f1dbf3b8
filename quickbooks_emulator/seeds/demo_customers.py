"""Customers and vendors of the demo company before anything is pushed, one for each way of matching a
tenant.
"""

# (DisplayName, e-mail or None, active, fixed Id or None)
CUSTOMERS: tuple[tuple[str, str | None, bool, str | None], ...] = (
    ("Alvarez, Marisol", "marisol.alvarez@example.com", True, None),  # the same e-mail
    (
        "Hannah Whitfield",
        "frontdesk@example.com, hannah.whitfield@example.com",
        True,
        None,
    ),  # one of two addresses
    ("Terrence Boyd", None, True, None),  # the same name, no e-mail
    ("Søren Kjærgaard", None, True, None),  # nearly the same name
    ("Priya Natarajan", "priya.natarajan@example.com", True, None),  # two customers with one e-mail
    ("P. Natarajan (old)", "priya.natarajan@example.com", True, None),
    ("Lucille Okafor", None, False, None),  # the same name, but inactive
    ("Walk-in Customer", None, True, None),  # nobody of RentAxis
    ("Harbor Street Bakery", "books@harborstreet.example", True, "58"),  # imported into RentAxis from here
)

VENDORS: tuple[tuple[str, str | None], ...] = (
    ("Brightline Plumbing", "office@brightline.example"),
    ("Grace Lindqvist", None),  # a vendor with a tenant's name
)
