-- What is due on the parcels of a consolidation, as one charge, and what happened to it. Written with the last segment, once;
-- nothing is ever changed, and the books follow from it (offices/treasury/consolidation.py). Amounts are minor units.
create table consolidation_charge (
    consolidation bigint primary key references consolidation,
    declarant   text not null,
    amount      bigint not null check (amount > 0),
    currency    text not null,
    parcels     int not null check (parcels > 0),
    at          timestamptz not null
);
create table consolidation_charge_event (
    consolidation bigint not null references consolidation_charge,
    number      int not null check (number > 0),
    declarant   text not null,
    event       text not null check (event in ('deferred', 'paid', 'taken_over', 'moved')),
    amount      bigint not null check (amount > 0),
    at          timestamptz not null,
    by          text not null,
    method      text not null,
    account     text not null,
    receipt     text not null,
    payer       text not null,
    parcel      bigint not null,
    primary key (consolidation, number),
    check ((event in ('taken_over', 'moved')) = (parcel > 0)),
    check ((event in ('paid', 'moved')) = (receipt <> ''))
);
-- A parcel is taken over once.
create unique index consolidation_charge_parcel on consolidation_charge_event (parcel, event) where parcel > 0;
create trigger consolidation_charge_is_final before update or delete on consolidation_charge
    for each row execute function refuse_change();
create trigger consolidation_charge_event_is_final before update or delete on consolidation_charge_event
    for each row execute function refuse_change();
select guard('consolidation_charge', traders => '{declarant}');
select guard('consolidation_charge_event', traders => '{declarant}');
