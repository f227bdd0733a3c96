// The official client, as a test tells it: `node client.mjs URL`, then one command a line on standard input, and one JSON
// value for each on standard output. It knows the URL of the MCP server and the id that the issuer has given to it; where
// to get a token, and for which scopes, it learns from the server.
//
// `connect USER` logs a user in and begins a session; `tools USER` lists tools; `call USER TOOL ARGUMENTS` calls one, and
// says for which scopes the user was asked meanwhile; `session USER` gives the id of the session; `token USER` gives the
// access token; `end USER` ends the session.

import { createInterface } from 'node:readline';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const REDIRECT = 'http://127.0.0.1/callback';
const url = new URL(process.argv[2]);

// The browser of a user: follows redirects with its cookies, until it is sent back to the client.
async function browse(start, user) {
  const cookies = new Map();
  let at = new URL(start);
  at.searchParams.set('login_hint', user);
  for (let steps = 0; steps < 10; steps += 1) {
    if (at.href.startsWith(REDIRECT)) return at.searchParams;
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(at, { redirect: 'manual', headers: cookie ? { cookie } : {} });
    for (const set of response.headers.getSetCookie()) {
      const [name, value] = set.split(';')[0].split('=');
      if (value) cookies.set(name, value);
      else cookies.delete(name);
    }
    const next = response.headers.get('location');
    if (!next) throw new Error(`${at.pathname}: ${response.status} ${await response.text()}`);
    at = new URL(next, at);
  }
  throw new Error('too many redirects');
}

// What the client keeps for one user: in memory, as an `OAuthClientProvider`.
class Account {
  constructor(user) {
    this.user = user;
    this.asked = [];
  }

  get redirectUrl() {
    return REDIRECT;
  }

  get clientMetadata() {
    return { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' };
  }

  clientInformation() {
    return { client_id: 'mcp' };
  }

  tokens() {
    return this.saved;
  }

  saveTokens(tokens) {
    this.saved = tokens;
  }

  saveCodeVerifier(verifier) {
    this.verifier = verifier;
  }

  codeVerifier() {
    return this.verifier;
  }

  async redirectToAuthorization(to) {
    this.asked.push(to.searchParams.get('scope'));
    this.code = (await browse(to, this.user)).get('code');
  }

  // Does something; if the server asks for a log-in or for more scopes, again after the log-in.
  async authorized(act) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof UnauthorizedError)) throw error;
      await this.transport.finishAuth(this.code);
      return act();
    }
  }

  async connect() {
    await this.authorized(async () => {
      this.transport = new StreamableHTTPClientTransport(url, { authProvider: this });
      this.client = new Client({ name: 'client-for-tests', version: '1.0.0' });
      await this.client.connect(this.transport);
    });
    return { asked: this.asked.splice(0) };
  }

  async tools() {
    return (await this.client.listTools()).tools.map((tool) => tool.name);
  }

  async call(name, args) {
    const result = await this.authorized(() => this.client.callTool({ name, arguments: args }));
    return { text: result.content[0].text, asked: this.asked.splice(0) };
  }

  async end() {
    await this.transport.terminateSession();
    await this.client.close();
  }
}

const accounts = new Map();

function account(user) {
  if (!accounts.has(user)) accounts.set(user, new Account(user));
  return accounts.get(user);
}

async function obey(command, user, ...rest) {
  const own = account(user);
  switch (command) {
    case 'connect': return own.connect();
    case 'tools': return own.tools();
    case 'call': return own.call(rest[0], JSON.parse(rest.slice(1).join(' ')));
    case 'session': return own.transport.sessionId;
    case 'token': return own.saved.access_token;
    case 'end': return (await own.end()) ?? null;
    default: throw new Error(`unknown command: ${command}`);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = await obey(...line.split(' '));
  } catch (error) {
    answer = { error: `${error}` };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
