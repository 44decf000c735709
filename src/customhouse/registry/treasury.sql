-- The books of the treasury. Journals and postings are written for ever; an account's balance is their sum, kept beside them.
-- `trader` says whose row it is; empty is the treasury's own.

-- `ceiling`: how far a trader may draw on a deferment or guarantee account; the balance never goes over it.
create table account (
    id          bigint generated always as identity primary key,
    kind        text not null,
    key         text not null,
    currency    text not null,
    trader      text not null,
    balance     bigint not null default 0,
    postings    bigint not null default 0,
    ceiling     bigint,
    unique (kind, key, currency),
    constraint account_within_ceiling check (ceiling is null or balance <= ceiling),
    constraint account_needs_ceiling check (kind not in ('deferment', 'guarantee') or ceiling is not null),
    constraint guarantee_not_below_zero check (kind <> 'guarantee' or balance >= 0),
    constraint account_not_overdrawn check (kind not in ('unallocated', 'refund', 'drawback') or balance <= 0)
);
create index account_trader on account (trader) where trader <> '';
-- What the desks and the audit look for: accounts on which something stands.
create index account_open on account (kind, id) where balance <> 0;

-- A limit as it was given and changed: who, when, why.
create table account_ceiling (
    account     bigint not null references account (id),
    number      int not null,
    trader      text not null,
    ceiling     bigint not null check (ceiling >= 0),
    by          text not null,
    at          timestamptz not null,
    reason      text not null,
    primary key (account, number)
);
create trigger account_ceiling_is_final before update or delete on account_ceiling for each row execute function refuse_change();

create table journal (
    id          bigint generated always as identity primary key,
    source      text not null,
    event       text not null,
    declaration bigint,
    act         int,
    trader      text not null,
    at          timestamptz not null,
    by          text not null,
    text        text not null,
    reference   text not null default '',
    receipt     text not null default '',
    unique (source, event)
);
create index journal_declaration on journal (declaration, act) where declaration is not null;
create index journal_reference on journal (reference) where reference <> '';
create unique index journal_receipt on journal (receipt) where receipt <> '';
create index journal_at on journal (at);

create table posting (
    account     bigint not null references account (id),
    number      bigint not null,
    journal     bigint not null references journal (id),
    trader      text not null,
    amount      bigint not null check (amount <> 0),
    balance     bigint not null,
    primary key (account, number)
);
create index posting_journal on posting (journal);
create trigger journal_is_final before update or delete on journal for each row execute function refuse_change();
create trigger posting_is_final before update or delete on posting for each row execute function refuse_change();

-- At the end of every transaction: a journal has postings, and they add up to zero in each currency.
-- Whoever posts may not see every account; the sum is over all of them.
create function journal_balances() returns trigger language plpgsql security definer
    set search_path = public set customhouse.sees = 'all' as $$
declare
    wrong text;
begin
    if not exists (select from posting p where p.journal = new.id) then
        raise exception 'journal % has no postings', new.id;
    end if;
    select string_agg(format('%s %s', total, currency), ', ') into wrong from (
        select a.currency, sum(p.amount) as total from posting p join account a on a.id = p.account
        where p.journal = new.id group by a.currency having sum(p.amount) <> 0) t;
    if wrong is not null then
        raise exception 'journal % does not add up to zero: %', new.id, wrong;
    end if;
    return null;
end $$;
create constraint trigger journal_balances after insert on journal deferrable initially deferred
    for each row execute function journal_balances();
-- And at the end of every statement, for what is added to journals old or new: one question for all of them, not one a posting.
create function postings_balance() returns trigger language plpgsql as $$
declare
    wrong text;
begin
    select string_agg(format('journal %s does not add up to zero: %s %s', t.journal, t.total, t.currency), '; ') into wrong from (
        select p.journal, a.currency, sum(p.amount) as total from posting p join account a on a.id = p.account
        where p.journal in (select journal from added) group by p.journal, a.currency having sum(p.amount) <> 0) t;
    if wrong is not null then
        raise exception '%', wrong;
    end if;
    return null;
end $$;
create trigger postings_balance after insert on posting referencing new table as added for each statement execute function postings_balance();

-- How far the acts of the record are booked, in the order of the log.
create table booking (one boolean primary key default true check (one), xid xid8 not null, id bigint not null);
insert into booking (xid, id) values ('0', 0);

-- Who waits for a trader's account to be charged, first come first.
create index declaration_account on declaration (id) where holds @> '{account}';

-- Payment orders: what a trader is asked to pay, under a creditor reference (ISO 11649) that its bank carries back to us.
create sequence payment_order_number;
create table payment_order (
    reference   text primary key,
    kind        text not null check (kind in ('declarations', 'deferment')),
    trader      text not null,
    account     bigint references account (id),
    month       date,
    amount      bigint not null check (amount > 0),
    currency    text not null,
    due_on      date not null,
    by          text not null,
    at          timestamptz not null,
    unique (account, month),
    check ((kind = 'deferment') = (account is not null and month is not null))
);
create index payment_order_trader on payment_order (trader, at);
create table payment_order_line (
    reference   text not null references payment_order (reference),
    number      int not null,
    trader      text not null,
    declaration bigint not null,
    amount      bigint not null,
    primary key (reference, number)
);
create index payment_order_line_declaration on payment_order_line (declaration);
create trigger payment_order_is_final before update or delete on payment_order for each row execute function refuse_change();
create trigger payment_order_line_is_final before update or delete on payment_order_line for each row execute function refuse_change();

-- Statements of the bank (ISO 20022 camt.053) and their entries, each known by what the bank calls it.
create table bank_statement (
    id          bigint generated always as identity primary key,
    account     text not null,
    name        text not null,
    opening     bigint,
    closing     bigint,
    repeated    bigint not null default 0, -- entries of it that came in another statement before: credits less debits
    currency    text not null,
    digest      text not null,
    trader      text not null default '',
    by          text not null,
    at          timestamptz not null,
    unique (account, name)
);
create table bank_entry (
    id          bigint generated always as identity primary key,
    statement   bigint not null references bank_statement (id),
    account     text not null,
    name        text not null,
    credit      boolean not null,
    amount      bigint not null check (amount > 0),
    currency    text not null,
    booked_on   date not null,
    party       text not null,
    creditor_reference text not null,
    text        text not null,
    charge      boolean not null,
    trader      text not null default '',
    unique (account, name)
);
create trigger bank_statement_is_final before update or delete on bank_statement for each row execute function refuse_change();
create trigger bank_entry_is_final before update or delete on bank_entry for each row execute function refuse_change();

-- Claims for money back: asked by one person, decided by another.
create table claim (
    id          bigint generated always as identity primary key,
    kind        text not null check (kind in ('refund', 'drawback', 'repayment')),
    declaration bigint not null,
    trader      text not null,
    lines       jsonb not null,
    amount      bigint not null check (amount > 0),
    currency    text not null,
    reason      text not null,
    by          text not null,
    at          timestamptz not null
);
create index claim_declaration on claim (declaration);
create table claim_step (
    claim       bigint not null references claim (id),
    step        text not null check (step in ('granted', 'refused', 'sent')),
    trader      text not null,
    reason      text not null,
    by          text not null,
    at          timestamptz not null,
    primary key (claim, step)
);
create unique index claim_decided_once on claim_step (claim) where step in ('granted', 'refused');
create trigger claim_is_final before update or delete on claim for each row execute function refuse_change();
create trigger claim_step_is_final before update or delete on claim_step for each row execute function refuse_change();
create function claim_needs_two() returns trigger language plpgsql as $$
begin
    if new.step in ('granted', 'refused') and exists (select from claim c where c.id = new.claim and c."by" = new."by") then
        raise exception 'claim % was made by %, somebody else decides it', new.claim, new."by";
    end if;
    return new;
end $$;
create trigger claim_needs_two before insert on claim_step for each row execute function claim_needs_two();

-- Payments begun at a payment provider, and every message about them that came with a good signature, once.
create table online_payment (
    id          text primary key,
    provider    text not null,
    trader      text not null,
    reference   text not null,
    amount      bigint not null check (amount > 0),
    currency    text not null,
    by          text not null,
    at          timestamptz not null
);
create table online_payment_event (
    provider    text not null,
    event       text not null,
    payment     text not null references online_payment (id),
    trader      text not null,
    status      text not null check (status in ('paid', 'failed')),
    at          timestamptz not null,
    primary key (provider, event)
);
create unique index online_payment_paid_once on online_payment_event (payment) where status = 'paid';
create trigger online_payment_is_final before update or delete on online_payment for each row execute function refuse_change();
create trigger online_payment_event_is_final before update or delete on online_payment_event for each row execute function refuse_change();
