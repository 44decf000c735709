-- What the application may do: everything it needs, never to change or remove what was recorded.
do $$
begin
    if exists (select from pg_roles where rolname = 'customhouse_app') and current_user <> 'customhouse_app' then
        grant usage on schema public to customhouse_app;
        grant select, insert, update, delete on all tables in schema public to customhouse_app;
        grant usage, select on all sequences in schema public to customhouse_app;
        grant execute on all functions in schema public to customhouse_app;
        revoke update, delete, truncate on entry, entry_default, checkpoint, book, movement from customhouse_app;
        revoke delete, truncate on declaration, consignment, balance from customhouse_app;
        revoke update, delete, truncate on api_stray, webhook_attempt, house_kind from customhouse_app;
        revoke delete, truncate on api_client, webhook, webhook_message from customhouse_app;
        execute (
            select coalesce(string_agg(format('revoke update, delete, truncate on %s from customhouse_app;', inhrelid::regclass), ' '), 'select 1')
            from pg_inherits where inhparent = 'entry'::regclass
        );
    end if;
end $$;
