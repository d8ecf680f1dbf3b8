-- A landlord's history of any length, made in the database. pg_temp.shape (one row), pg_temp.people, pg_temp.prices and
-- pg_temp.streets are filled before; organization, accounts, programs, vendors and the lease type stand already.
-- Everything follows from numbers of homes and months: no chance, so the same shape always gives the same rows.

-- A household stays 36 months; homes change hands in different months.
create temp table households as
select
    row_number() over (order by since, home) as id, home, since, until,
    case when since = 0 then first_day else (first_day + make_interval(months => since))::date - 20 end as came
from (
    select
        home, greatest(0, stay * 36 - home * 7 % 36) as since,
        least(shape.months, (stay + 1) * 36 - home * 7 % 36) as until, shape.first_day
    from shape, generate_series(1, shape.homes) as home, generate_series(0, shape.months / 36 + 1) as stay
) as stays
where since < until;

-- One row for a home and month: what is owed, and when it is paid (never, for those behind with the last two months).
create temp table rents as
select
    household.id as tenant, household.home, month,
    (shape.first_day + make_interval(months => month))::date as day,
    1200.00 + 5 * (household.home * 37 % 170) + 40 * (household.since / 36) as rent,
    household.home % 8 = 3 as by_program,
    1 + household.home / 8 % 4 as program,
    household.home / 3200 as batch,  -- a hundred homes of each program
    case when household.home % 10 < 3 then 75.00 else 0 end as parking,
    case when (household.home + month) % 4 = 1 then (2150 + (household.home * 31 + month * 17) % 7741) / 100.00 else 0 end as water,
    (household.home * 5 + month * 3) % 14 = 0 as late,
    (household.home + month) % 10 = 4 and (household.home * 5 + month * 3) % 14 <> 0 as in_two,
    household.home % 25 = 7 and month >= shape.months - 2 as behind
from shape, households as household, generate_series(household.since, household.until - 1) as month;

alter table rents add own numeric, add of_program numeric, add total numeric, add paid_on date;
update rents set own = floor(rent * 0.3), of_program = rent - floor(rent * 0.3) where by_program;
update rents
set
    total = coalesce(own, rent) + parking + water,
    paid_on = case when behind then null when late then day + 12 + home % 12 when in_two then day + 21 else day + home % 5 end;
analyze rents;

create temp table bills as
select row_number() over (order by day, kind, home) as id, *
from (
    select home, month, tenant, day, 'rent' as kind, null::int as program, total, paid_on from rents
    union all
    select home, month, tenant, day, 'assistance', program, of_program, day + 5 from rents where by_program
    union all
    select home, month, tenant, day + 10, 'late_fee', null, 50.00, paid_on from rents where late
) as bill;
analyze bills;

create temp table received as
select row_number() over (order by day, kind, home) as id, *
from (
    select home, month, tenant, null::int as program, batch, paid_on as day, 'whole' as kind,
        total + case when late then 50 else 0 end as amount
    from rents where not behind and not in_two
    union all
    select home, month, tenant, null, batch, day + 4, 'first part', floor(total * 0.6) from rents where not behind and in_two
    union all
    select home, month, tenant, null, batch, paid_on, 'rest', total - floor(total * 0.6) from rents where not behind and in_two
    union all
    select min(home), month, null, program, batch, day + 5, 'transfer', sum(of_program)
    from rents where by_program group by month, program, batch, day
) as payment;
alter table received add method text;
update received set
    method = case
        when kind = 'transfer' then 'bank_transfer'
        else (array['ach', 'ach', 'ach', 'stripe', 'stripe', 'check', 'check', 'zelle', 'money_order', 'cash'])[1 + home % 10] end;
analyze received;

insert into properties (
    id, organization_id, street_address, city, state, zip, property_type, total_units, created_at, updated_at
)
select
    place, 1, (2 + place * 37 % 979)::text || ' ' || street.name, 'Trenton', 'NJ', '08608', 'apartment_building',
    least(20, shape.homes - (place - 1) * 20), shape.first_day, shape.first_day
from shape, generate_series(1, (shape.homes + 19) / 20) as place
inner join streets as street on street.number = place % (select count(*) from streets);

insert into units (id, property_id, unit_number, bedrooms, bathrooms, monthly_rent, status, created_at, updated_at)
select home, 1 + (home - 1) / 20, (1 + (home - 1) % 20)::text, 2, 1, 1200 + 5 * (home * 37 % 170),
    'occupied', shape.first_day, shape.first_day
from shape, generate_series(1, shape.homes) as home;

insert into tenants (id, name, email, phone, created_at, updated_at)
select
    household.id, person.name, person.email, '609-555-01' || 10 + household.id % 90, moment, moment
from shape, households as household
inner join people as person on person.number = household.id
cross join lateral (select (household.came + time '13:00') at time zone 'America/New_York' as moment) as instant;

insert into organization_tenants (organization_id, tenant_id, portal_status, created_at, updated_at)
select 1, id, 'active', created_at, updated_at from tenants;

insert into leases (
    id, organization_id, unit_id, tenant_id, lease_type_id, start_date, end_date, is_month_to_month, rent_amount,
    is_section_8, program_id, tenant_portion, section_8_portion, status, created_at, updated_at
)
select
    household.id, 1, household.home, household.id, 1, rent.day,
    case when household.until < shape.months then (shape.first_day + make_interval(months => household.until))::date - 1 end,
    household.until = shape.months, rent.rent, rent.by_program, case when rent.by_program then rent.program end,
    rent.own, rent.of_program, case when household.until < shape.months then 'ended' else 'active' end, household.came, household.came
from shape, households as household
inner join rents as rent on rent.home = household.home and rent.month = household.since;

insert into invoices (
    id, organization_id, invoice_number, billed_to_type, billed_to_id, lease_id, property_id, unit_id, kind, invoice_date, due_date,
    status, total_amount, amount_paid, balance_due, created_at, updated_at
)
select
    id, 1, 'INV-' || lpad(id::text, 7, '0'), case when program is null then 'tenant' else 'program' end, coalesce(program, tenant),
    tenant, 1 + (home - 1) / 20, home, case when kind = 'late_fee' then kind else 'rent' end, day, day + 4,
    case when paid_on is null then 'overdue' else 'paid' end, total, case when paid_on is null then 0 else total end,
    case when paid_on is null then total else 0 end,
    (day + time '02:00') at time zone 'America/New_York',
    (greatest(day, paid_on) + time '10:15') at time zone 'America/New_York'
from bills;

insert into invoice_lines (id, invoice_id, position, description, amount, account_id, created_at, updated_at)
select
    row_number() over (order by bill.id, line.position), bill.id, line.position, line.description, line.amount, account.id, moment, moment
from bills as bill
inner join rents as rent on rent.home = bill.home and rent.month = bill.month
cross join lateral (select (bill.day + time '02:00') at time zone 'America/New_York' as moment) as instant
cross join lateral (
    values
    (1, 'Rent, ' || to_char(rent.day, 'FMMonth YYYY'), coalesce(rent.own, rent.rent), '4000', bill.kind = 'rent'),
    (2, 'Parking space', rent.parking, '4200', bill.kind = 'rent' and rent.parking > 0),
    (3, 'Water and sewer', rent.water, '4300', bill.kind = 'rent' and rent.water > 0),
    (1, 'Housing assistance, ' || to_char(rent.day, 'FMMonth YYYY'), rent.of_program, '4010', bill.kind = 'assistance'),
    (1, 'Late fee, ' || to_char(rent.day, 'FMMonth YYYY'), 50.00, '4100', bill.kind = 'late_fee')
) as line (position, description, amount, account, is_wanted)
inner join accounts as account on account.number = line.account
where line.is_wanted;

insert into payments (
    id, organization_id, payment_number, payer_type, payer_id, amount, payment_date, method, reference, deposit_account_id,
    created_at, updated_at
)
select
    payment.id, 1, 'PMT-' || lpad(payment.id::text, 7, '0'), case when program is null then 'tenant' else 'program' end,
    coalesce(program, tenant), amount, day, method,
    case method when 'check' then (1000 + payment.id * 7 % 9000)::text when 'bank_transfer' then 'HAP ' || to_char(day, 'YYYY-MM') end,
    account.id, moment, moment
from received as payment
inner join accounts as account on account.number = case method when 'stripe' then '1050' else '1000' end
cross join lateral (select (payment.day + time '10:15') at time zone 'America/New_York' as moment) as instant;

insert into payment_allocations (id, payment_id, invoice_id, amount, created_at, updated_at)
select row_number() over (order by payment_id, invoice_id), payment_id, invoice_id, amount, moment, moment
from (
    select payment.id as payment_id, bill.id as invoice_id, payment.day,
        case when payment.kind = 'whole' then bill.total else payment.amount end as amount
    from received as payment
    inner join bills as bill on bill.home = payment.home and bill.month = payment.month
    where payment.kind <> 'transfer' and bill.kind <> 'assistance'
    union all
    select payment.id, bill.id, payment.day, bill.total
    from received as payment
    inner join bills as bill
        on bill.month = payment.month and bill.program = payment.program and bill.home / 3200 = payment.batch
    where payment.kind = 'transfer' and bill.kind = 'assistance'
) as allocation
cross join lateral (select (day + time '10:15') at time zone 'America/New_York' as moment) as instant;

-- Expenses make up what the number of records lacks, evenly over the days.
insert into expenses (
    id, organization_id, expense_date, due_date, amount, vendor_id, description, account_id, property_id, status, payment_method,
    paid_at, paid_from_account_id, created_at, updated_at
)
select
    ordered, 1, day, case when at_once then null else day + 30 end,
    price.low + (ordered * 7919 % ((price.high - price.low) * 100)) / 100.00,
    price.vendor, 'Order ' || ordered, price.account, 1 + (ordered * 13) % ((shape.homes + 19) / 20),
    case when at_once or later <= last_day then 'paid' else 'unpaid' end,
    case when at_once then at_once_by when later <= last_day then 'check' end,
    case when at_once then day when later <= last_day then later end,
    case when at_once or later <= last_day then account.id end,
    (day + time '16:40') at time zone 'America/New_York',
    (greatest(day, case when not at_once and later <= last_day then later end) + time '16:40') at time zone 'America/New_York'
from shape
cross join lateral (
    select
        shape.records - (select count(*) from tenants) - (select count(*) from programs) - (select count(*) from bills)
        - (select count(*) from received) as wanted,
        (shape.first_day + make_interval(months => shape.months))::date - 1 as last_day
) as all_of_them
cross join generate_series(1::bigint, wanted) as ordered
cross join lateral (
    select
        shape.first_day + ((ordered - 1) * (last_day - shape.first_day + 1) / wanted)::int as day, ordered % 10 < 6 as at_once,
        (array['check', 'credit_card', 'ach', 'bank_transfer', 'cash'])[1 + ordered % 5] as at_once_by
) as expense
cross join lateral (select day + 9 + (ordered % 20)::int as later) as settlement
inner join prices as price on price.vendor = 1 + ordered % (select count(*) from prices)
inner join accounts as account on account.number = case when at_once and at_once_by = 'credit_card' then '1010' else '1000' end;
