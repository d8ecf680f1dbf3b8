"""The books agree, or it is said why not: the reconciliation of a portfolio with every special case."""


def test_every_difference_of_the_demo_portfolio_is_explained_to_the_cent(pushed):
    """RentAxis and QuickBooks differ only where the row results say so; unexplained = 0.00."""
    summary = pushed.reconcile()
    assert summary.failed_tests == []
    assert summary.unexplained_money == 0
