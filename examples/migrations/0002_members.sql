-- Members come from every issuer, so the key has both columns, and nothing refers to `user`.
CREATE TABLE member (
    org_id      TEXT NOT NULL REFERENCES org (id) ON DELETE CASCADE,
    issuer      TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    role        TEXT NOT NULL,
    -- A JSON array; NULL for what `auth.toml` says of the role.
    permissions TEXT,
    PRIMARY KEY (org_id, issuer, user_id)
) WITHOUT ROWID;

INSERT INTO member (org_id, issuer, user_id, role) SELECT org_id, 'own', user_id, role FROM membership;

DROP TABLE membership;

CREATE INDEX member_user ON member (issuer, user_id);

CREATE TRIGGER members_without_account AFTER DELETE ON user
BEGIN
    DELETE FROM member WHERE issuer = 'own' AND user_id = OLD.id;
END;
