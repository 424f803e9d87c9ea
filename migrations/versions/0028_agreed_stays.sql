-- Who stands on which side, who said what, who was asked and what earlier revisions were stays as it was written,
-- also for the application's own role: nobody is made a decider of what they made, no yes is given to another person,
-- and no stage asks fewer people than it did. Nothing of the product does any of this; a change is never deleted.

CREATE FUNCTION ops.what_was_agreed_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'what was asked and said about a change stays: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

-- A maker's `how` is made more exact once (an import's), and a change's state, words and dates go on.
CREATE TRIGGER stays BEFORE DELETE OR UPDATE OF id, source, proposer_id, created_at ON ops.change_set
    FOR EACH ROW EXECUTE FUNCTION ops.what_was_agreed_stays();
CREATE TRIGGER stays BEFORE DELETE OR UPDATE OF change_id, person_id, side ON ops.change_party
    FOR EACH ROW EXECUTE FUNCTION ops.what_was_agreed_stays();
CREATE TRIGGER stays
    BEFORE DELETE OR UPDATE OF change_id, revision, position, role, people, needed, why, escalate_to ON ops.stage
    FOR EACH ROW EXECUTE FUNCTION ops.what_was_agreed_stays();
CREATE TRIGGER stays
    BEFORE DELETE OR UPDATE OF change_id, revision, person_id, position, verdict, comment, digest, side, decided_at,
                               on_behalf_of ON ops.decision
    FOR EACH ROW EXECUTE FUNCTION ops.what_was_agreed_stays();
CREATE TRIGGER stays BEFORE DELETE OR UPDATE ON ops.revision
    FOR EACH ROW EXECUTE FUNCTION ops.what_was_agreed_stays();
CREATE TRIGGER stays
    BEFORE DELETE OR UPDATE OF change_id, revision, digest, reason, opened_at, opened_by ON ops.emergency_review
    FOR EACH ROW EXECUTE FUNCTION ops.what_was_agreed_stays();
CREATE TRIGGER stays_closed BEFORE UPDATE OF closed_at, closed_by, finding, comment ON ops.emergency_review
    FOR EACH ROW WHEN (old.closed_at IS NOT NULL) EXECUTE FUNCTION ops.what_was_agreed_stays();

CREATE TRIGGER stays_whole BEFORE TRUNCATE ON ops.change_set
    FOR EACH STATEMENT EXECUTE FUNCTION ops.what_was_agreed_stays();
CREATE TRIGGER stays_whole BEFORE TRUNCATE ON ops.change_party
    FOR EACH STATEMENT EXECUTE FUNCTION ops.what_was_agreed_stays();
CREATE TRIGGER stays_whole BEFORE TRUNCATE ON ops.stage
    FOR EACH STATEMENT EXECUTE FUNCTION ops.what_was_agreed_stays();
CREATE TRIGGER stays_whole BEFORE TRUNCATE ON ops.decision
    FOR EACH STATEMENT EXECUTE FUNCTION ops.what_was_agreed_stays();
CREATE TRIGGER stays_whole BEFORE TRUNCATE ON ops.revision
    FOR EACH STATEMENT EXECUTE FUNCTION ops.what_was_agreed_stays();
CREATE TRIGGER stays_whole BEFORE TRUNCATE ON ops.emergency_review
    FOR EACH STATEMENT EXECUTE FUNCTION ops.what_was_agreed_stays();
