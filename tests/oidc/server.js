// An independent, certified OpenID Connect provider (the npm package oidc-provider) as the tests want it:
// `node server.js PORT`. POST /control with JSON changes it while it runs; everything lives in memory.

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const issuer = `http://localhost:${port}`;

// What the tests change by control -------------------------------------------------------
const accounts = new Map();
let client = null;
let keys = [newKey()];
let mode = 'well'; // well, slow (seconds before each answer), dead (the connection is cut), garbage
let seconds = 0;
const asked = {};

const rows = new Map(); // outlives a provider made anew with other keys

class Kept {
  constructor(model) { this.model = model; }

  key(id) { return `${this.model}:${id}`; }

  async upsert(id, payload) { rows.set(this.key(id), { ...payload }); }

  async find(id) { return rows.get(this.key(id)); }

  async findByUid(uid) {
    return [...rows].find(([key, row]) => key.startsWith(`${this.model}:`) && row.uid === uid)?.[1];
  }

  async findByUserCode() { return undefined; }

  async consume(id) { rows.get(this.key(id)).consumed = Math.floor(Date.now() / 1000); }

  async destroy(id) { rows.delete(this.key(id)); }

  async revokeByGrantId(grantId) {
    for (const [key, row] of rows) if (row.grantId === grantId) rows.delete(key);
  }
}

function newKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
}

function findAccount(ctx, id) {
  const account = accounts.get(id);
  if (!account || account.gone) return undefined;
  return { accountId: id, claims: () => ({ sub: id, ...account.claims }) };
}

async function loadExistingGrant(ctx) {
  // Nobody is asked for consent: this stands for a company's own provider and its own application.
  const { client: { clientId }, session, params } = ctx.oidc;
  const known = session.grantIdFor(clientId);
  const grant = (known && await ctx.oidc.provider.Grant.find(known))
    || new ctx.oidc.provider.Grant({ clientId, accountId: session.accountId });
  grant.addOIDCScope(params.scope);
  await grant.save();
  return grant;
}

function made() {
  const provider = new Provider(issuer, {
    adapter: Kept,
    clients: client ? [client] : [],
    jwks: { keys },
    findAccount,
    loadExistingGrant,
    cookies: { keys: ['only for tests'] },
    scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
    claims: {
      openid: ['sub', 'sid'],
      profile: ['name', 'zoneinfo', 'locale', 'department'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource(ctx, form) {
          ctx.body = `<!doctype html><title>Sign out</title>${form}<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`;
        },
      },
    },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: async (ctx, asking) => asking.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    pkce: { required: () => true },
    ttl: { AccessToken: 3600, IdToken: 600, Grant: 86400, Session: 86400, Interaction: 600, RefreshToken: 86400 },
    // Its own guard against private addresses would keep it from reaching the application under test.
    fetch: (url, options) => { delete options.dispatcher; return globalThis.fetch(url, options); },
  });
  provider.proxy = false;
  return provider;
}

let provider = made();

// The page where people choose who they are ------------------------------------------------
async function interact(request, response) {
  if (request.method === 'GET') {
    const buttons = [...accounts.keys()].map((id) => `<button name="sub" value="${id}">${id}</button>`).join(' ');
    response.setHeader('Content-Type', 'text/html');
    response.end(`<!doctype html><title>Sign in</title><form method="post">${buttons}</form>`);
    return;
  }
  const sub = new URLSearchParams(await body(request)).get('sub');
  const result = sub && accounts.has(sub)
    ? { login: { accountId: sub }, consent: {} }
    : { error: 'access_denied', error_description: 'they did not want to' };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

// Back-channel logout of everyone who is `sub`, as if an administrator ended their sessions -----
async function endSessions(sub) {
  const sent = [];
  for (const [key, session] of [...rows]) {
    if (!key.startsWith('Session:') || session.accountId !== sub) continue;
    for (const [clientId, { sid, grantId }] of Object.entries(session.authorizations ?? {})) {
      const asking = await provider.Client.find(clientId);
      if (asking?.backchannelLogoutUri) {
        sent.push(await asking.backchannelLogout(sub, sid).then(() => 'accepted', (error) => error.message));
      }
      for (const [other, row] of [...rows]) if (row.grantId === grantId) rows.delete(other);
      rows.delete(`Grant:${grantId}`);
    }
    rows.delete(key);
  }
  return sent;
}

async function control(request, response) {
  const wish = JSON.parse(await body(request));
  const answer = {};
  if (wish.client) client = wish.client;
  for (const [id, account] of Object.entries(wish.accounts ?? {})) accounts.set(id, account);
  if (wish.rotate) keys = [newKey()];
  if (wish.client || wish.rotate) provider = made();
  if (wish.mode) ({ mode, seconds = 0 } = wish);
  if (wish.end) answer.sent = await endSessions(wish.end);
  if (wish.forget) rows.clear();
  answer.asked = asked;
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(answer));
}

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function serve(request, response) {
  const path = request.url.split('?')[0];
  if (path === '/control') return control(request, response);
  asked[path] = (asked[path] ?? 0) + 1;
  if (mode === 'slow') await wait(seconds * 1000);
  if (mode === 'dead') return request.socket.destroy();
  if (mode === 'garbage') return response.end('<html>we are very sorry');
  if (path.startsWith('/interaction/')) return interact(request, response);
  return provider.callback()(request, response);
}

createServer((request, response) => {
  serve(request, response).catch((error) => {
    response.statusCode = 500;
    response.end(String(error));
  });
}).listen(port, 'localhost', () => console.log(`listening at ${issuer}`));
