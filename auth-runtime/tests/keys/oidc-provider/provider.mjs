// A real identity provider on loopback, told by lines on standard input.
//
// Prints {"issuer": ..} once it listens. `keys b a` makes it publish the keys b and a (made when first named) and sign
// with the first; it answers {"keys": [..]}. `opaque` makes tokens of a user; it answers {"access": .., "refresh": ..},
// and `revoke ACCESS` takes one back and answers {"revoked": ..}. Ends with its standard input.
//
// The public client `mcp` logs a user in by the authorization code flow. No person is needed: whoever `login_hint` names
// logs in and agrees to everything.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Provider } from 'oidc-provider';

// Standard output is for the test alone; notices belong elsewhere.
console.info = console.error;
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

const made = new Map();

function key(kid) {
  if (!made.has(kid)) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    made.set(kid, { ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' });
  }
  return made.get(kid);
}

function publish(issuer, kids) {
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'service',
      client_secret: 'of-the-service',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    }, {
      client_id: 'mcp',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      redirect_uris: ['http://127.0.0.1/callback'],
      response_types: ['code'],
    }],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (ctx, resource) => ({
          audience: resource,
          scope: 'invoices:read notes:read notes:write',
          accessTokenFormat: 'jwt',
          accessTokenTTL: 3600,
        }),
      },
    },
    interactions: { url: (ctx, interaction) => `${LOG_IN}${interaction.uid}` },
    jwks: { keys: kids.map(key) },
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId });
      grant.addResourceScope(oidc.params.resource, oidc.params.scope);
      await grant.save();
      return grant;
    },
  });
  current = provider;
  return provider.callback();
}

let current;

const LOG_IN = '/log-in/';

async function logIn(request, response) {
  const { params } = await current.interactionDetails(request, response);
  await current.interactionFinished(request, response, { login: { accountId: params.login_hint } });
}

// Tokens as a log-in in a browser would make them.
async function opaque(audience) {
  const client = await current.Client.find('service');
  const grant = new current.Grant({ accountId: 'ada', clientId: 'service' });
  grant.addOIDCScope('openid offline_access');
  grant.addResourceScope(audience, 'invoices:read');
  const common = { accountId: 'ada', client, grantId: await grant.save(), gty: 'authorization_code' };
  const access = new current.AccessToken({ ...common, scope: 'invoices:read' });
  access.resourceServer = new current.ResourceServer(audience, { scope: 'invoices:read', accessTokenFormat: 'opaque' });
  const refresh = new current.RefreshToken({ ...common, scope: 'openid offline_access', resource: audience });
  return { access: await access.save(), refresh: await refresh.save() };
}

async function revoke(access) {
  await (await current.AccessToken.find(access)).destroy();
  return { revoked: access };
}

let answer;
const server = createServer((request, response) => {
  if (request.url.startsWith(LOG_IN)) return logIn(request, response);
  return answer(request, response);
});
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  answer = publish(issuer, ['a']);
  say({ issuer });
  const lines = createInterface({ input: process.stdin });
  lines.on('line', async (line) => {
    const [command, ...kids] = line.trim().split(' ');
    if (command === 'opaque') return say(await opaque(kids[0]));
    if (command === 'revoke') return say(await revoke(kids[0]));
    answer = publish(issuer, kids);
    say({ keys: kids });
  });
  lines.on('close', () => process.exit(0));
});
