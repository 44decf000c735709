-- The models that are asked about the parcels of a consolidation, from its first chunk to its last and whenever one of them is judged
-- again, whatever was published since: which, in what order, live or in the shadow, at which thresholds, and why one was silent.
create table consolidation_model (
    consolidation bigint not null references consolidation,
    place       int not null,
    digest      bytea not null references targeting_model (digest),
    live        boolean not null,
    thresholds  jsonb not null,
    silent      text not null, -- empty where it spoke
    primary key (consolidation, place)
);
create trigger consolidation_model_is_final before update or delete on consolidation_model
    for each row execute function refuse_change();
-- What customs looks for is for its customs alone, also where the consolidation is the reader's own.
select guard('consolidation_model');

-- Consolidations of before: what was on the line when each began.
do $$
begin
    perform set_config('customhouse.sees', 'all', true), set_config('customhouse.writes', 'yes', true);
    insert into consolidation_model (consolidation, place, digest, live, thresholds, silent)
    select c.id, row_number() over (partition by c.id order by s.id), s.digest, s.step <> 'SHADOWED', coalesce(s.thresholds, '[]'), ''
    from consolidation c cross join lateral (
        select distinct on (digest) id, digest, step, thresholds from targeting_step
        where step in ('SHADOWED', 'PUBLISHED', 'ROLLED_BACK', 'RETIRED') and at <= c.at order by digest, id desc) s
    where c.scored and s.step <> 'RETIRED';
end $$;
