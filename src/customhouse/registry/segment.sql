-- Parcels rest in segments: two packed files of columns (registry/segment.py says how they lie) and the fingerprints of their
-- references, instead of a row each. What earlier rows said cannot be sealed again, so a register that holds any stays with the
-- version that wrote it.
do $$
begin
    if exists (select from consolidation) then
        raise exception 'this register holds consolidations whose parcels lie as rows, which this version does not read'
            using hint = 'Keep running the version that cleared them, or begin a new register and hand the files in again. Nothing was changed.';
    end if;
end $$;

drop table parcel;

-- `country` is the one that gives the numbers (MRN) of the parcels.
alter table consolidation add column country text not null;

-- Parcels by lane are counted beside those by verdict (`told`). The files are packed already, and of the fingerprints a part is
-- read where it lies, so none of them is compressed again.
alter table parcel_segment
    add column lanes jsonb not null,
    add column facts bytea not null,
    add column texts bytea not null,
    add column fingerprints bytea not null check (length(fingerprints) = 4 * parcels);
alter table parcel_segment
    alter column facts set storage external,
    alter column texts set storage external,
    alter column fingerprints set storage external;

-- Offices that see a consolidation see what lies in it; a declarant sees that it is there, and is given its answer.
create policy of_office on parcel_segment for select using (
    reader_office() is not null and exists (select from consolidation c where c.id = parcel_segment.consolidation));
create policy of_office on parcel_quarantine for select using (
    reader_office() is not null and exists (select from consolidation c where c.id = parcel_quarantine.consolidation));
