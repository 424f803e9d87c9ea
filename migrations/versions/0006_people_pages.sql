-- What the pages about people read by: their names, open sessions by age, and signing in and out.
CREATE INDEX person_listed ON ops.person (lower(name), id);
CREATE INDEX session_open ON ops.session (expires_at DESC) WHERE person_id IS NOT NULL;
CREATE INDEX event_signing ON ops.event (id DESC) WHERE action IN ('sign_in', 'sign_out', 'session.ended');
