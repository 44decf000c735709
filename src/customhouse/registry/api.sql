-- The open door: the software of traders (clients), what it was given to prove itself with, and what it is told by webhook.
-- Every row says whose it is (`trader`). Secrets are kept as digests, or encrypted where the house must use them itself.

create table api_client (
    id          text primary key,
    trader      text not null,
    name        text not null,
    scopes      text[] not null,
    rate        int not null,
    created_by  text not null,
    created_at  timestamptz not null default now(),
    revoked_at  timestamptz
);
create index api_client_trader on api_client (trader);

-- A client has one secret, and two while it changes over: the older one ends at `expires_at`.
create table api_secret (
    id          bigint generated always as identity primary key,
    client      text not null references api_client,
    trader      text not null,
    digest      text not null,
    created_at  timestamptz not null default now(),
    expires_at  timestamptz
);
create index api_secret_client on api_secret (client);

create table api_access (
    digest      text primary key,
    client      text not null references api_client,
    trader      text not null,
    scopes      text[] not null,
    rate        int not null,
    issued_at   timestamptz not null default now(),
    expires_at  timestamptz not null,
    revoked_at  timestamptz
);
create index api_access_client on api_access (client);
create index api_access_expires on api_access (expires_at);

-- The answer to a request that carried an Idempotency-Key, kept until it may be forgotten.
create table api_idempotency (
    trader      text not null,
    client      text not null,
    key         text not null,
    request     text not null,
    status      int,
    type        text,
    answer      bytea,
    created_at  timestamptz not null default now(),
    primary key (trader, client, key)
);
create index api_idempotency_created on api_idempotency (created_at);

create table webhook (
    id          text primary key,
    trader      text not null,
    url         text not null,
    events      text[] not null,
    secret      bytea not null,
    before      bytea,
    before_until timestamptz,
    state       text not null default 'active' check (state in ('active', 'disabled', 'ended')),
    failing_since timestamptz,
    created_by  text not null,
    created_at  timestamptz not null default now()
);
create index webhook_trader on webhook (trader);

-- One message to one receiver; the same however often it is tried. `source` makes it one per event: declaration/act.
create table webhook_message (
    id          bigint generated always as identity primary key,
    webhook     text not null references webhook,
    trader      text not null,
    event       text not null,
    subject     text not null,
    source      text not null,
    body        text not null,
    created_at  timestamptz not null default now(),
    state       text not null default 'waiting' check (state in ('waiting', 'delivered', 'failed')),
    attempts    int not null default 0,
    next_at     timestamptz not null default now(),
    unique (webhook, source)
);
create index webhook_message_due on webhook_message (next_at) where state = 'waiting';
create index webhook_message_queue on webhook_message (webhook, next_at) where state = 'waiting';
create index webhook_message_list on webhook_message (webhook, id);

create table webhook_attempt (
    id          bigint generated always as identity primary key,
    message     bigint not null references webhook_message,
    trader      text not null,
    number      int not null,
    at          timestamptz not null,
    took_ms     int not null,
    status      int,
    excerpt     text not null default '',
    fault       text not null default ''
);
create index webhook_attempt_message on webhook_attempt (message, number);
create trigger webhook_attempt_is_final before update or delete on webhook_attempt for each row execute function refuse_change();

-- How far the record has been read for those who are told of it.
create table webhook_reading (
    one         boolean primary key default true check (one),
    upto_xid    xid8 not null,
    upto_id     bigint not null
);

-- What this database is for: a house of record, or a sandbox. Said once, at the first start; a house of the other kind does not open.
create table house_kind (
    one         boolean primary key default true check (one),
    sandbox     boolean not null,
    since       timestamptz not null default now()
);
create trigger house_kind_is_final before update or delete on house_kind for each row execute function refuse_change();
