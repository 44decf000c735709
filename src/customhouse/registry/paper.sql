-- Papers: supporting documents as files. The bytes lie once, under their SHA-256; what was attached to a declaration is written
-- down for ever, and holds its bytes fast. Bytes that only a draft holds go with the draft.

create table blob (
    digest      bytea primary key check (length(digest) = 32),
    content     bytea not null,
    stored_at   timestamptz not null default now()
);
-- Pictures and PDF are compressed already.
alter table blob alter column content set storage external;
create trigger blob_is_final before update on blob for each row execute function refuse_change();

create table paper (
    id          bigint generated always as identity primary key,
    declaration bigint not null,
    declarant   text not null,
    digest      bytea not null references blob (digest),
    name        text not null,
    type        text not null,
    size        int not null,
    about       text not null,
    by          text not null,
    role        text not null,
    at          timestamptz not null
);
create index paper_declaration on paper (declaration);
create index paper_digest on paper (digest);
create trigger paper_is_final before update or delete on paper for each row execute function refuse_change();

create table draft_paper (
    owner       text not null,
    key         text not null,
    trader      text not null,
    digest      bytea not null references blob (digest),
    name        text not null,
    type        text not null,
    size        int not null,
    at          timestamptz not null default now(),
    primary key (owner, key, digest),
    foreign key (owner, key) references draft (owner, key) on delete cascade
);
create index draft_paper_digest on draft_paper (digest);
