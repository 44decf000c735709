-- What the application may do: everything it needs, never to change or remove what was recorded.
do $$
begin
    if exists (select from pg_roles where rolname = 'customhouse_app') and current_user <> 'customhouse_app' then
        grant usage on schema public to customhouse_app;
        grant select, insert, update, delete on all tables in schema public to customhouse_app;
        grant usage, select on all sequences in schema public to customhouse_app;
        grant execute on all functions in schema public to customhouse_app;
        revoke execute on function guard from customhouse_app;
        revoke update, truncate on blob from customhouse_app;
        grant update (stored_at) on blob to customhouse_app; -- the right to lock a row; the trigger still refuses a change
        revoke update, delete, truncate on entry, entry_default, checkpoint, book, movement, file_read, account_event,
            authorisation, permit_entry, manifest_entry, entry_summary_step, paper, supplementary_owed, supplementary_handed,
            account_ceiling, journal, posting, payment_order, payment_order_line, bank_statement, bank_entry, claim, claim_step,
            online_payment, online_payment_event, targeting_model, targeting_step, targeting_watch, targeting_alarm_answer, watch_list,
            target_sample, target_ahead, criterion, criterion_event, selectivity, party_decision, entity_decision, webhook_attempt,
            consolidation, parcel_segment, parcel_quarantine, parcel_typical, parcel_alarm from customhouse_app;
        revoke update, delete, truncate on parcel_order_line, law_draft from customhouse_app;
        revoke delete, truncate on parcel_upload, parcel_order, declaration, consignment, balance, permit, manifest, cargo_position, entry_summary, account,
            booking, api_client, webhook, webhook_message from customhouse_app;
        execute (
            select coalesce(string_agg(format('revoke all on %s from customhouse_app;', inhrelid::regclass), ' '), 'select 1')
            from pg_inherits where inhparent = 'entry'::regclass
        );
    end if;
end $$;
