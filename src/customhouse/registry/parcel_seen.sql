-- What stood in the register when a consolidation was begun: a segment counts for it where its transaction had committed then.
-- So several may be cleared at once, and one that is interrupted counts the same when it goes on. What is typical is cut off by
-- the same, since numbers of rows are given out before they can be seen.
alter table consolidation add column seen pg_snapshot not null default pg_current_snapshot();
alter table consolidation drop column typical;
