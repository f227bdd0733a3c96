"""A real authorization server on loopback: Authlib's, for OpenID Connect and JWT access tokens (RFC 9068).

Prints {"issuer": ..} once it listens. A line `rotate` on standard input makes it sign with a new key and publish both;
`retire` makes it publish the new key alone. It answers {"keys": [kid, ..]}. Ends with its standard input.

There is one client, `service`, and one user, `ada`, who is logged in wherever she is asked.
"""

import json
import sys
import threading
import time

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant
from authlib.oauth2.rfc6749.models import ClientMixin
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.core.models import AuthorizationCodeMixin
from flask import Flask, jsonify, request
from joserfc.jwk import ECKey, KeySet
from werkzeug.serving import make_server

AUDIENCE = sys.argv[1]
ALGORITHM = "ES256"

app = Flask(__name__)
http = make_server("127.0.0.1", 0, app, threaded=True)
issuer = f"http://127.0.0.1:{http.server_port}"
made = 0


def new_key():
    global made
    made += 1
    return ECKey.generate_key("P-256", {"kid": f"key-{made}", "use": "sig", "alg": ALGORITHM})


# The first one signs.
keys = [new_key()]


class User:
    def get_user_id(self):
        return "ada"


class Client(ClientMixin):
    client_id = "service"
    id_token_signed_response_alg = ALGORITHM

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return "https://app.example.com/callback"

    def get_allowed_scope(self, scope):
        allowed = {"openid", "invoices:read"}
        return " ".join(word for word in (scope or "").split() if word in allowed)

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri == self.get_default_redirect_uri()

    def check_client_secret(self, client_secret):
        return client_secret == "of-the-service"

    def check_endpoint_auth_method(self, method, endpoint):
        return method == "client_secret_basic"

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type in ("authorization_code", "client_credentials")


class Code(AuthorizationCodeMixin):
    def __init__(self, code, request):
        self.code = code
        self.redirect_uri = request.payload.redirect_uri
        self.scope = request.payload.scope
        self.nonce = request.payload.data.get("nonce")
        self.code_challenge = request.payload.data.get("code_challenge")
        self.code_challenge_method = request.payload.data.get("code_challenge_method")
        self.auth_time = int(time.time())

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return self.auth_time

    def get_acr(self):
        return None

    def get_amr(self):
        return ["pwd"]


codes = {}


class CodeGrant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]

    def save_authorization_code(self, code, request):
        codes[code] = Code(code, request)

    def query_authorization_code(self, code, client):
        return codes.get(code)

    def delete_authorization_code(self, authorization_code):
        codes.pop(authorization_code.code)

    def authenticate_user(self, authorization_code):
        return User()


class IdTokens(OpenIDCode):
    def resolve_client_private_key(self, client):
        return KeySet(keys[:1])

    def get_client_claims(self, client):
        return {"iss": issuer}

    def exists_nonce(self, nonce, request):
        return any(code.nonce == nonce for code in codes.values())

    def generate_user_info(self, user, scope):
        return UserInfo(sub=user.get_user_id())


class AccessTokens(JWTBearerTokenGenerator):
    def get_jwks(self):
        return KeySet(keys[:1])

    def get_audiences(self, client, user, scope):
        return AUDIENCE

    def get_auth_time(self, user):
        return int(time.time()) if user else None


server = AuthorizationServer(
    app,
    query_client=lambda client_id: Client() if client_id == Client.client_id else None,
    save_token=lambda token, request: None,
)
server.register_grant(CodeGrant, [IdTokens(), CodeChallenge(required=True)])
server.register_grant(ClientCredentialsGrant)
server.register_token_generator("default", AccessTokens(issuer, alg=ALGORITHM))


@app.get("/.well-known/openid-configuration")
def metadata():
    return jsonify(
        issuer=issuer,
        authorization_endpoint=f"{issuer}/authorize",
        token_endpoint=f"{issuer}/token",
        jwks_uri=f"{issuer}/jwks",
        response_types_supported=["code"],
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=[ALGORITHM],
    )


@app.get("/jwks")
def jwks():
    return jsonify(KeySet(keys).as_dict(private=False))


@app.get("/authorize")
def authorize():
    grant = server.get_consent_grant(end_user=User())
    return server.create_authorization_response(request, grant_user=User(), grant=grant)


@app.post("/token")
def token():
    return server.create_token_response()


def say(answer):
    print(json.dumps(answer), flush=True)


threading.Thread(target=http.serve_forever, daemon=True).start()
say({"issuer": issuer})
for line in sys.stdin:
    match line.strip():
        case "rotate":
            keys.insert(0, new_key())
        case "retire":
            del keys[1:]
    say({"keys": [key.kid for key in keys]})
