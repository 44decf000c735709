-- Targeting models: every version for ever under the SHA-256 of its file (the bytes lie in `blob`), and what was decided about it.

create table targeting_model (
    digest      bytea primary key check (length(digest) = 32) references blob (digest),
    card        text not null,
    facts       jsonb not null, -- metrics, curves, data, baseline for drift: `registry.models_kept.Facts`
    at          timestamptz not null,
    by          text not null
);

-- What was done with a model, one row a step; where it stands is the fold of them (`record.targeting`).
create table targeting_step (
    id          bigint generated always as identity primary key,
    digest      bytea not null references targeting_model (digest),
    step        text not null,
    by          text not null,
    at          timestamptz not null,
    reason      text not null,
    thresholds  jsonb
);
create index targeting_step_model on targeting_step (digest, id);

-- What the monitors saw of the live model, and the alarms among it; an alarm that somebody looked into gets an answer.
create table targeting_watch (
    id          bigint generated always as identity primary key,
    digest      bytea not null references targeting_model (digest),
    at          timestamptz not null,
    report      jsonb not null,
    alarms      jsonb not null
);
create index targeting_watch_model on targeting_watch (digest, id desc);
create table targeting_alarm_answer (
    watch       bigint not null references targeting_watch (id),
    by          text not null,
    at          timestamptz not null,
    reason      text not null check (reason <> '')
);

create trigger targeting_model_is_final before update or delete on targeting_model for each row execute function refuse_change();
create trigger targeting_step_is_final before update or delete on targeting_step for each row execute function refuse_change();
create trigger targeting_watch_is_final before update or delete on targeting_watch for each row execute function refuse_change();
create trigger targeting_alarm_answer_is_final before update or delete on targeting_alarm_answer for each row execute function refuse_change();

-- What customs looks for is for its customs alone.
select guard('targeting_model');
select guard('targeting_step');
select guard('targeting_watch');
select guard('targeting_alarm_answer');
