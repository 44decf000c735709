-- Shared balances: quotas, guarantees, permits. What is drawn and given back is written down for ever; the standing is its sum.

create table balance (
    id          bigint generated always as identity primary key,
    kind        text not null,
    key         text not null,
    unit        text not null,
    volume      numeric not null check (volume >= 0),
    standing    numeric not null check (standing >= 0),
    movements   bigint not null default 0,
    unique (kind, key)
);

create table movement (
    balance     bigint not null references balance (id),
    number      bigint not null,
    reference   text not null,
    at          timestamptz not null,
    asked       numeric not null,
    amount      numeric not null,
    standing    numeric not null check (standing >= 0),
    primary key (balance, number),
    unique (balance, reference)
);
create trigger movement_is_final before update or delete on movement for each row execute function refuse_change();

-- Who waits for a quota, first come first.
create index declaration_quota on declaration (id) where holds @> '{quota}';
