-- Who sees which row. The application names its reader on each connection (registry/reader.py, parameters customhouse.*);
-- without a reader nothing is seen. FORCE makes the policies hold for the owner of the tables too (superusers excepted).

create function reader_sees_all() returns boolean language sql stable parallel safe
    return coalesce(current_setting('customhouse.sees', true), '') = 'all';
create function reader_writes() returns boolean language sql stable parallel safe
    return coalesce(current_setting('customhouse.writes', true), '') = 'yes';
create function reader_traders() returns text[] language sql stable parallel safe
    return coalesce(nullif(current_setting('customhouse.traders', true), ''), '{}')::text[];
create function reader_office() returns text language sql stable parallel safe
    return nullif(current_setting('customhouse.office', true), '');
create function reader_agency() returns text language sql stable parallel safe
    return nullif(current_setting('customhouse.agency', true), '');

-- Guard a table: who is shown its rows, by the columns that say whose they are. One call for each table of business data:
--
--     select guard('permit', traders => '{holder}', agency => 'agency');
--     select guard('attachment', declaration => 'declaration');
--
-- traders: columns with a trader's number; office, agency: columns with a code; agencies: a text[] of codes; declaration: the
-- number of a declaration, whose readers see the row too. `anyone_adds`: rows may be added by whoever cannot see them. A
-- table guarded with none of them is for readers who see everything. May be called again; the last call holds.
create function guard(
    what regclass, traders text[] default '{}', office text default null, agency text default null,
    agencies text default null, declaration text default null, anyone_adds boolean default false
) returns void language plpgsql as $$
declare
    seen text := '(select reader_sees_all())';
    name text;
begin
    foreach name in array traders loop
        seen := seen || format(' or %I = any ((select reader_traders())::text[])', name);
    end loop;
    if office is not null then
        seen := seen || format(' or %I = (select reader_office())', office);
    end if;
    if agency is not null then
        seen := seen || format(' or %I = (select reader_agency())', agency);
    end if;
    if agencies is not null then
        seen := seen || format(' or (select reader_agency()) = any (%I)', agencies);
    end if;
    if declaration is not null then
        seen := seen || format(' or exists (select from declaration d where d.id = %s.%I)', what, declaration);
    end if;
    execute format('alter table %s enable row level security', what);
    execute format('alter table %s force row level security', what);
    for name in select polname from pg_policy where polrelid = what and polname in ('seen', 'added', 'changed', 'removed') loop
        execute format('drop policy %I on %s', name, what);
    end loop;
    execute format('create policy seen on %s for select using (%s)', what, seen);
    execute format('create policy added on %s for insert with check (%s)', what,
        case when anyone_adds then 'true' else format('(select reader_writes()) and (%s)', seen) end);
    execute format('create policy changed on %s for update using ((select reader_writes()) and (%s))', what, seen);
    execute format('create policy removed on %s for delete using ((select reader_writes()) and (%s))', what, seen);
end $$;
revoke execute on function guard from public;

-- Whose a declaration is, besides its declarant: the numbers of the importer and the exporter it names, the customs office it
-- is lodged at, and the agencies it was ever held for or routed to (they keep sight of it when their hold is lifted).
alter table declaration add column importer_id text not null default '', add column exporter_id text not null default '',
    add column office text not null default '', add column agencies text[] not null default '{}';
update declaration d set importer_id = coalesce(l.of #>> '{goods_shipment,importer,id}', ''),
    exporter_id = coalesce(l.of #>> '{exporter,id}', ''),
    office = coalesce(nullif(l.of ->> 'office', ''), l.of ->> 'presentation_office', '')
    from (select distinct on (declaration) declaration, payload -> 'lodgement' as of from act
          where payload ? 'lodgement' order by declaration, number desc) l
    where l.declaration = d.id;
create index declaration_importer on declaration (importer_id, id) where importer_id <> '';
create index declaration_exporter on declaration (exporter_id, id) where exporter_id <> '';
create index declaration_agencies on declaration using gin (agencies) where agencies <> '{}';

select guard('declaration', traders => '{declarant,importer_id,exporter_id}', office => 'office', agencies => 'agencies');
select guard('entry', declaration => 'declaration');
select guard('consignment');
select guard('registry_notice', traders => '{declarant}');

-- A view reads as whoever asks, not as its owner.
alter view act set (security_invoker = true);

-- The file of a UCR, which may be another trader's: the number alone is told.
create function file_of(asked text, number bigint) returns bigint language plpgsql security definer
    set search_path = public set customhouse.sees = 'all' set customhouse.writes = 'yes' as $$
begin
    insert into consignment (ucr, file) values (asked, number) on conflict (ucr) do nothing;
    return (select file from consignment where ucr = asked);
end $$;

-- A partition asked by its own name would not know the policies of its parent: it shows nothing.
create or replace function ensure_entry_partitions(months int) returns void
language plpgsql security definer set search_path = public as $$
declare
    month date;
begin
    for month in select generate_series(date_trunc('month', now()), date_trunc('month', now()) + make_interval(months => months), '1 month')::date
    loop
        if to_regclass(format('entry_%s', to_char(month, 'YYYYMM'))) is null then
            execute format('create table entry_%s partition of entry for values from (%L) to (%L) with (toast_tuple_target = 8160)',
                to_char(month, 'YYYYMM'), month, (month + interval '1 month')::date);
            execute format('alter table entry_%s enable row level security', to_char(month, 'YYYYMM'));
            execute format('alter table entry_%s force row level security', to_char(month, 'YYYYMM'));
        end if;
    end loop;
end $$;
do $$
declare
    part regclass;
begin
    for part in select inhrelid from pg_inherits where inhparent = 'entry'::regclass loop
        execute format('alter table %s enable row level security', part);
        execute format('alter table %s force row level security', part);
    end loop;
end $$;
