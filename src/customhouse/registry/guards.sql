-- Who is shown which rows of the rooms of the single window (see `guard` in access.sql; may be run again).

-- Agencies and permits: the holder, who filed it, and the agency that decides. What is being typed is the trader's alone.
select guard('permit', traders => '{holder,filed_by}', agency => 'agency');
select guard('permit_entry', traders => '{holder,filed_by}', agency => 'agency');
select guard('permit_draft', traders => '{filed_by}');

-- Cargo: the carrier, who handed the report in, the forwarder of a master, and the customs office of arrival.
select guard('manifest', traders => '{carrier,submitter}', office => 'office');
select guard('manifest_entry', traders => '{carrier}');
-- Also whoever is named in it: the forwarder of a master, the declarant whose goods it brings.
create policy named on manifest for select using (
    exists (select from transport_document t where t.manifest = manifest.id)
    or exists (select from cargo_claim c where c.matched = manifest.id));
create policy named on manifest_entry for select using (exists (select from manifest m where m.id = manifest_entry.manifest));
select guard('transport_document', traders => '{carrier,forwarder,consignee}');
select guard('cargo_claim', traders => '{declarant}');

-- The treasury: a trader's own accounts, journals, orders and claims; the bank's statements are for the treasury alone.
select guard('account', traders => '{trader}');
select guard('account_ceiling', traders => '{trader}');
select guard('journal', traders => '{trader}');
select guard('posting', traders => '{trader}');
select guard('payment_order', traders => '{trader}');
select guard('payment_order_line', traders => '{trader}');
select guard('claim', traders => '{trader}');
select guard('claim_step', traders => '{trader}');
select guard('online_payment', traders => '{trader}');
select guard('online_payment_event', traders => '{trader}');
select guard('bank_statement');
select guard('bank_entry');

-- What somebody types and has not handed in.
select guard('draft', traders => '{trader}');
select guard('draft_paper', traders => '{trader}');

-- Papers of a declaration: whoever may see the declaration. Their bytes lie in `blob`, asked for by digest by whoever was shown one.
select guard('paper', declaration => 'declaration');
select guard('supplementary_owed', traders => '{declarant}', declaration => 'declaration');
select guard('supplementary_handed', traders => '{declarant}', declaration => 'declaration');

-- Entry summary declarations: the carrier that lodged them, and the office of first entry.
select guard('entry_summary', traders => '{carrier}', office => 'office');
select guard('entry_summary_step', traders => '{carrier}');

-- A broker sees what it was authorised to and gives nothing in the name of another.
create policy own_to_give on authorisation as restrictive for insert with check (
    (select reader_sees_all()) or (select reader_administers()) or trader = any ((select reader_traders())::text[]));

-- Software of traders: what it was told. Clients, secrets, tokens and keys are asked for by a digest,
-- before anybody is known.
select guard('webhook', traders => '{trader}');
select guard('webhook_message', traders => '{trader}');
select guard('webhook_attempt', traders => '{trader}');
