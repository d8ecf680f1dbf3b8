def test_it(pushed):
    summary = pushed.reconcile()
    print(summary)
    for row in pushed.sql("select * from statement_totals where difference <> 0 order by month, account"):
        print(
            row["month"],
            row["name"],
            row["rentaxis"],
            row["quickbooks"],
            row["difference"],
            row["explained"],
            row["unexplained"],
        )
    for row in pushed.sql(
        "select cause, count(*), sum(abs(amount)), min(examples) ex from statement_causes group by 1"
    ):
        print(row)
    print(pushed.sql("select count(*), sum(abs(rentaxis)) from statement_totals"))
    assert 0
