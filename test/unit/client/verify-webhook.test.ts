import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { verifyWebhook, type WebhookRequest } from '../../../src/client/verify-webhook.ts';

/** The example of standardwebhooks.com, whose signature was made by others. */
const KNOWN = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: '1614265330',
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const BODY = JSON.stringify({
  type: 'onboarding.failed',
  timestamp: '2026-03-01T12:00:00.000Z',
  number: 1,
  late: false,
  data: { id: 'onb_1', note: 'Grüße 🏭' },
});
const NOW = Date.parse('2026-03-01T12:00:00Z');

function sign(secret: string, text: string): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return `v1,${createHmac('sha256', key).update(text).digest('base64')}`;
}

function signed(more: Partial<WebhookRequest> & { at?: number; header?: string } = {}): WebhookRequest {
  const { at = NOW, header, ...rest } = more;
  const timestamp = String(Math.floor(at / 1_000));
  const body = rest.body ?? BODY;
  return {
    headers: {
      'webhook-id': 'evt_1',
      'webhook-timestamp': timestamp,
      'webhook-signature': header ?? sign(SECRET, `evt_1.${timestamp}.${String(body)}`),
    },
    body,
    secrets: [SECRET],
    now: NOW,
    ...rest,
  };
}

describe('verifyWebhook', () => {
  test('takes the signature of the standard’s own example', async () => {
    const { secret, id, timestamp, body, signature } = KNOWN;
    const request = {
      headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature },
      body,
      secrets: [secret],
      now: Number(timestamp) * 1_000,
    };
    // Signed, and not one of our events.
    expect(await verifyWebhook(request)).toEqual({ ok: false, reason: 'invalid_body' });
    expect(await verifyWebhook({ ...request, body: `${body} ` })).toEqual({
      ok: false,
      reason: 'invalid_signature',
    });
  });

  test('gives the event and its id, whatever form headers and body have', async () => {
    const event = JSON.parse(BODY) as unknown;
    const request = signed();
    const lower = request.headers as Record<string, string>;
    const upper = Object.fromEntries(
      Object.entries(lower).map(([name, value]) => [name.toUpperCase(), value]),
    );
    const asLists = Object.fromEntries(Object.entries(lower).map(([name, value]) => [name, [value]]));
    for (const headers of [lower, upper, asLists, new Headers(lower)])
      expect(await verifyWebhook({ ...request, headers })).toEqual({ ok: true, id: 'evt_1', event });
    expect(await verifyWebhook({ ...request, body: Buffer.from(BODY) })).toMatchObject({ ok: true });
  });

  test.each([
    ['the newest of several secrets', [SECRET, OTHER]],
    ['the oldest of several secrets', [OTHER, SECRET]],
  ])('takes what was signed by %s', async (_what, secrets) => {
    expect(await verifyWebhook(signed({ secrets }))).toMatchObject({ ok: true });
  });

  test('takes one good signature among several, of other versions too', async () => {
    const text = `evt_1.${NOW / 1_000}.${BODY}`;
    const header = `v1a,AAAA v1,%%% ${sign(OTHER, text)} ${sign(SECRET, text)}`;
    expect(await verifyWebhook(signed({ header }))).toMatchObject({ ok: true });
  });

  test.each([
    ['another secret', { secrets: [OTHER] }, 'invalid_signature'],
    ['an empty signature', { header: 'v1,' }, 'invalid_signature'],
    ['a signature of another version alone', { header: 'v2,AAAA' }, 'invalid_signature'],
    [
      'half a signature',
      { header: sign(SECRET, `evt_1.${NOW / 1_000}.${BODY}`).slice(0, 20) },
      'invalid_signature',
    ],
    ['a signature of the body alone', { header: sign(SECRET, BODY) }, 'invalid_signature'],
    ['one that is too old', { at: NOW - 301_000 }, 'invalid_timestamp'],
    ['one from the future', { at: NOW + 301_000 }, 'invalid_timestamp'],
    ['no JSON', { body: 'hello' }, 'invalid_body'],
    ['another JSON', { body: '[]' }, 'invalid_body'],
    ['null', { body: 'null' }, 'invalid_body'],
    ['no data', { body: '{"type":"onboarding.failed","timestamp":"x"}' }, 'invalid_body'],
  ] as const)('refuses %s', async (_what, more, reason) => {
    expect(await verifyWebhook(signed(more))).toEqual({ ok: false, reason });
  });

  test('takes what is as old as is tolerated, and no older', async () => {
    expect(await verifyWebhook(signed({ at: NOW - 300_000 }))).toMatchObject({ ok: true });
    const old = { at: NOW - 10_000 };
    expect(await verifyWebhook(signed({ ...old, toleranceSeconds: 10 }))).toMatchObject({ ok: true });
    expect(await verifyWebhook(signed({ ...old, toleranceSeconds: 9 }))).toMatchObject({ ok: false });
  });

  test.each([
    ['toleranceSeconds', NaN],
    ['toleranceSeconds', -1],
    ['toleranceSeconds', -Infinity],
    ['now', NaN],
    ['now', Infinity],
    ['now', -Infinity],
    ['now', -NOW],
  ])('refuses whatever its age while %s is %d', async (option, value) => {
    const year = 365 * 86_400_000;
    for (const at of [NOW, NOW - 10_000, NOW - year, NOW + year]) {
      const refused = { ok: false, reason: 'invalid_timestamp' };
      expect(await verifyWebhook(signed({ at, [option]: value }))).toEqual(refused);
    }
  });

  test('takes one of any age only where the tolerance is expressly infinite', async () => {
    expect(await verifyWebhook(signed({ at: 0, toleranceSeconds: Infinity }))).toMatchObject({ ok: true });
  });

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])(
    'refuses a request without %s',
    async (name) => {
      const request = signed();
      for (const value of [undefined, '']) {
        const headers = { ...(request.headers as Record<string, string>), [name]: value };
        expect(await verifyWebhook({ ...request, headers })).toEqual({
          ok: false,
          reason: 'invalid_headers',
        });
      }
    },
  );

  test.each(['1e9', '-1', 'now', '1772366400.5', ' 1772366400'])(
    'refuses the timestamp %j',
    async (timestamp) => {
      const headers = { 'webhook-id': 'a', 'webhook-timestamp': timestamp, 'webhook-signature': 'v1,AAAA' };
      expect(await verifyWebhook(signed({ headers }))).toEqual({ ok: false, reason: 'invalid_headers' });
    },
  );

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['a body that was parsed', { body: { type: 'onboarding.failed' } }, /raw body.*express\.raw/],
    ['no body', { body: undefined }, /raw body/],
    ['a secret that is not set', { secrets: [undefined] }, /A secret is undefined: is WEBHOOK_SECRET set\?/],
    ['a secret that is empty', { secrets: [''] }, /A secret is empty/],
    ['no secret', { secrets: [] }, /at least one/],
    ['secrets that are no list', { secrets: SECRET }, /as a list/],
  ])('throws for %s, and says what to do', async (_, wrong, message) => {
    const request = { ...signed(), ...wrong } as unknown as WebhookRequest;
    const error: unknown = await verifyWebhook(request).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toMatch(message);
  });

  test.each(['', 'plain-text', 'whsec_', 'whsec_%%%'])(
    'throws for a secret that is none: %j',
    async (secret) => {
      await expect(verifyWebhook(signed({ secrets: [secret] }))).rejects.toThrow(TypeError);
    },
  );
});
