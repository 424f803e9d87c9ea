-- A break-glass account is owner while its session may last, and no longer: between, nobody waits for its approval.
ALTER TABLE ops.person_role DROP CONSTRAINT person_role_origin_check;
ALTER TABLE ops.person_role ADD CONSTRAINT person_role_origin_check
    CHECK (origin IN ('provider', 'hand', 'setting', 'scim', 'break_glass'));
CREATE OR REPLACE VIEW ops.held_role AS
    SELECT r.person_id, r.role, r.origin, r.granted_at
    FROM ops.person_role r JOIN ops.person p ON p.id = r.person_id
    WHERE p.disabled_at IS NULL AND (r.origin NOT IN ('provider', 'break_glass') OR p.rights_until > now());
