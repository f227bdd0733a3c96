// A real identity provider on loopback, told by lines on standard input.
//
// Prints {"issuer": ..} once it listens. `keys b a` makes it publish the keys b and a (made when first named) and sign
// with the first; it answers {"keys": [..]}. Ends with its standard input.

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
    }],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (ctx, resource) => ({
          audience: resource,
          scope: 'invoices:read',
          accessTokenFormat: 'jwt',
          accessTokenTTL: 3600,
        }),
      },
    },
    jwks: { keys: kids.map(key) },
  });
  return provider.callback();
}

let answer;
const server = createServer((request, response) => answer(request, response));
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  answer = publish(issuer, ['a']);
  say({ issuer });
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const [, ...kids] = line.trim().split(' ');
    answer = publish(issuer, kids);
    say({ keys: kids });
  });
  lines.on('close', () => process.exit(0));
});
