-- The work on an upload that stops for want of something (a disk, a file, the process itself) is tried again after a pause that
-- grows, and others go before it meanwhile. `tries`: how often it was begun since it came further; `again_at`: not before then,
-- null while the worker is at it or nothing ever stopped it; `trouble`: what stopped it last, for customs.
alter table parcel_upload
    add column tries    int not null default 0,
    add column again_at timestamptz,
    add column trouble  text not null default '';
