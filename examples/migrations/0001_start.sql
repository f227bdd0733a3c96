-- `user` as fastapi-users makes it, so that a database of its is taken over as it is.
CREATE TABLE IF NOT EXISTS user (
    id              CHAR(36)      NOT NULL PRIMARY KEY,
    email           VARCHAR(320)  NOT NULL,
    hashed_password VARCHAR(1024) NOT NULL,
    is_active       BOOLEAN       NOT NULL,
    is_superuser    BOOLEAN       NOT NULL,
    is_verified     BOOLEAN       NOT NULL
);

-- Ada@example.com and ada@example.com are one mailbox.
CREATE UNIQUE INDEX user_email_in_any_case ON user (email COLLATE NOCASE);

CREATE TABLE org (
    id   TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE membership (
    org_id  TEXT     NOT NULL REFERENCES org (id) ON DELETE CASCADE,
    user_id CHAR(36) NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    role    TEXT     NOT NULL,
    PRIMARY KEY (org_id, user_id)
) WITHOUT ROWID;

CREATE INDEX membership_user ON membership (user_id);

-- No reference to `user`: an owner may have come with another issuer's token.
CREATE TABLE post (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    owner_issuer TEXT    NOT NULL,
    owner_id     TEXT    NOT NULL,
    title        TEXT    NOT NULL,
    content      TEXT    NOT NULL,
    published    BOOLEAN NOT NULL,
    created_at   TEXT    NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
