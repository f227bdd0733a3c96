"""Reads a request as JSON, and says as JSON what PropelAuth's own library makes of it. Needs no network.

{"issuer", "private_key", "headers": [..], "orgs": [..], "claims": {..}} gives
{"answers": [[[member, exactly Admin, at least Admin, can_view_billing], .. by org], .. by header],
 "users": [user_id or null, .. by header], "minted": [token, .. by user]}
"""

import json
import sys
import time

import jwt
from cryptography.hazmat.primitives import serialization
from propelauth_py import TokenVerificationMetadata, UnauthorizedException, init_base_auth
from propelauth_py.errors import ForbiddenException
from propelauth_py.user import OrgMemberInfo

request = json.load(sys.stdin)
key = serialization.load_pem_private_key(request["private_key"].encode(), None)
public_key = key.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
auth = init_base_auth(
    "https://auth.example.com", "unused", TokenVerificationMetadata(public_key.decode(), request["issuer"])
)


def user_id(header):
    try:
        return auth.validate_access_token_and_get_user(header).user_id
    except UnauthorizedException:
        return None


def holds(question, *arguments):
    try:
        question(*arguments)
        return True
    except (UnauthorizedException, ForbiddenException):
        return False


def answers(header, org):
    return [
        holds(auth.validate_access_token_and_get_user_with_org, header, org),
        holds(auth.validate_access_token_and_get_user_with_org_by_exact_role, header, org, "Admin"),
        holds(auth.validate_access_token_and_get_user_with_org_by_minimum_role, header, org, "Admin"),
        holds(auth.validate_access_token_and_get_user_with_org_by_permission, header, org, "can_view_billing"),
    ]


def wire(member):
    """One membership as the library's own tests write it into a token."""
    return {
        "org_id": member.org_id,
        "org_name": member.org_name,
        "org_metadata": member.org_metadata,
        "url_safe_org_name": member.url_safe_org_name,
        "org_role_structure": member.org_role_structure,
        "user_role": member.user_assigned_role,
        "inherited_user_roles_plus_current_role": member.user_inherited_roles_plus_current_role,
        "user_permissions": member.user_permissions,
        "additional_roles": member.assigned_additional_roles,
    }


def mint(more):
    now = int(time.time())
    claims = {**request["claims"], "user_id": "py", "iat": now, "exp": now + 600, **more}
    return jwt.encode(claims, key, algorithm="RS256")


def member(role, inherited, permissions=(), structure="single_role_in_hierarchy", additional=()):
    return OrgMemberInfo(
        "acme", "Acme", {"plan": "x"}, role, list(inherited), list(permissions), structure, list(additional), "acme"
    )


minted = [mint({}), mint({"org_id_to_org_member_info": None})]
for info in [
    member("Owner", ["Owner", "Admin", "Member"], ["can_view_billing"]),
    member("Admin", ["Admin", "Member"]),
    member("Member", ["Member"], ["can_view_billing"]),
    member("Owner", ["Owner", "Admin"], (), "multi_role", ["Auditor"]),
    member("Auditor", ["Auditor"], (), "multi_role", ["Admin"]),
]:
    minted.append(mint({"org_id_to_org_member_info": {"acme": wire(info)}}))
    minted.append(mint({"org_member_info": wire(info), "login_method": {"login_method": "password"}}))

headers = request["headers"] + [f"Bearer {token}" for token in minted]
json.dump(
    {
        "users": [user_id(header) for header in headers],
        "answers": [[answers(header, org) for org in request["orgs"]] for header in headers],
        "minted": minted,
    },
    sys.stdout,
)
