import datetime as dt, sys, time, uuid, collections
from decimal import Decimal
from pathlib import Path
import tempfile, pytest
from rentaxis_pipelines.demo import portfolio, papers
from rentaxis_pipelines_tests.books.all_record_types import *
from rentaxis_pipelines_tests.books.accrual_ledger import posted, by_month
from rentaxis_pipelines_tests.books.quickbooks_ledger import by_object, reported
from rentaxis_pipelines_tests.books.whole_books import *
from rentaxis_pipelines_tests.support.accountant import Accountant
from rentaxis_pipelines_tests.support.chain import connected
from rentaxis_pipelines_tests.support.quickbooks import started
from rentaxis_pipelines.reports.marts import rows_of
from rentaxis_pipelines.reports.reconcile import context_of, reconcile

UNITS, MONTHS = 200, 12
T=time.time()
def tick(what):
    print(f"{time.time()-T:7.1f} {what}", flush=True)
def test_explore(postgres, tmp_path):
    source, pipelines = f"year_{uuid.uuid4().hex}", f"pipelines_{uuid.uuid4().hex}"
    source_url = portfolio.create_demo_database(postgres, units=UNITS, months=MONTHS, database=source)
    tick("portfolio")
    url = postgres.create_database(pipelines, template="template0")
    landlord = Landlord(source_url)
    for t in ("invoices", "invoice_lines", "payments", "expenses", "deposit_deductions", "deposit_settlements"):
        landlord.ask(f"DROP TRIGGER IF EXISTS post_by_itself ON {t}")
    months=[add_months(portfolio.LAST_MONTH, -b) for b in reversed(range(MONTHS))]
    Dealings(landlord, 1, UNITS, months).happen()
    tick("dealings")
    papers.write_files(tmp_path)
    with started(switches={"log_bodies": False}) as quickbooks, connected(source_url, url, quickbooks) as chain:
        acc = Accountant(quickbooks); ready(acc)
        chain.company = pushing_everything(chain.company, months[0], tmp_path)
        names = Names(chain.company, acc)
        lines = posted(landlord.ask)
        tick(f"posted {len(lines)}")
        write_ledger(landlord, lines, names)
        tick("ledger")
        result = chain.sync(first_day=months[0], last_day=dt.date(2026,10,31))
        tick(f"sync {len(result)}")
        print(collections.Counter((k[0], r.status, r.reason_code) for k,r in result.items() if r.status!="created"))
        print(collections.Counter(k[0] for k,r in result.items() if r.status=="created"))
        went={k for k,r in result.items() if r.status in("created","updated")}
        with chain.run() as run:
            s=reconcile(run, chain.environment, context_of(run, chain.company))
            tick("reconcile")
            print(s)
            np={r["record"]:r["reason"] for r in rows_of(run.connection,"not_pushed_records")}
            st=[r for r in rows_of(run.connection,"statement_totals") if r["unexplained"]]
            print(len(st)); [print(r["month"],r["name"],r["rentaxis"],r["quickbooks"],r["explained"],r["unexplained"]) for r in st[:60]]
            print(collections.Counter((r["record"].split("/")[0], r["explanation"]) for r in rows_of(run.connection,"records")if r["explanation"]!="agrees"))
            print([ (r["cause"],r["name"],r["amount"]) for r in rows_of(run.connection,"statement_causes")][:30])
        keys={l.key for l in lines}
        silent=[k for k in keys if k not in result and f"{k[0].replace('payable_invoice','invoice')}/{k[1]}" not in np]
        print("silent", len(silent), silent[:20])
        qb=by_object(acc)
        tb_q=by_month((d,a,m) for e in qb.values() for d,a,m in e)
        tb_r=by_month((l.booked,names[l.account],l.amount) for l in lines if l.key in went)
        diff={k:(tb_r.get(k,0),tb_q.get(k,0)) for k in {*tb_r,*tb_q} if tb_r.get(k,0)!=tb_q.get(k,0)}
        print("keys",len(tb_r),len(tb_q),"diff",len(diff)); 
        for k in sorted(diff)[:30]: print(k,diff[k])
        tick("tb")
        if diff:
            from rentaxis_pipelines_tests.support.accountant import parse_marker
            mine=collections.defaultdict(lambda: collections.defaultdict(Decimal))
            for l in lines:
                if l.key in went: mine[l.key][(l.booked,names[l.account])]+=l.amount
            theirs=collections.defaultdict(lambda: collections.defaultdict(Decimal))
            for (e,i),ms in qb.items():
                o=next(x for x in OBJ(acc,e) if x["Id"]==i)
                k=parse_marker(o.get("PrivateNote")) or (e,i)
                for d,a,m in ms: theirs[k][(d,a)]+=m
            n=0
            for k in {*mine,*theirs}:
                a={x:y for x,y in mine[k].items() if y}; b={x:y for x,y in theirs[k].items() if y}
                if a!=b and n<25:
                    n+=1; print(k,result.get(k) and (result[k].status,result[k].reason_code,result[k].reason),"\n   ",a,"\n   ",b)
        bs=reported(acc,"BalanceSheet",months[0],dt.date(2026,10,31)); pl=reported(acc,"ProfitAndLoss",months[0],dt.date(2026,10,31))
        bad=[(k,v,tb_q.get(k)) for k,v in bs.items() if tb_q.get(k)!=v]
        print("bs",len(bs),bad[:12]); print("pl",len(pl),list(pl.items())[:5])
        tick("end"); landlord.connection.close()
_c={}
def OBJ(acc,e):
    if e not in _c: _c[e]=acc.all(e)
    return _c[e]
