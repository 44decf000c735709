-- Drafts of law that were handed in to be tried on what is stored. They decide nothing and are in force nowhere; what becomes law is
-- published as a Book. Nothing is changed: a draft that is written anew has another hash.
create table law_draft (
    hash        text primary key,
    title       text not null,
    version     text not null,
    contents    bytea not null,
    handed_in_by text not null,
    handed_in_at timestamptz not null default now()
);
create trigger law_draft_is_final before update or delete on law_draft for each row execute function refuse_change();
-- What a country means to change is for its customs alone until it is published.
select guard('law_draft');
