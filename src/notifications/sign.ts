import { createHmac } from 'node:crypto';

/** A secret of the Standard Webhooks form: `whsec_` and the key in base64. */
const PREFIX = 'whsec_';

/**
 * The value of `webhook-signature`: one `v1,<base64>` per secret, so that a receiver with any of them can verify, as
 * it must be able to while secrets are rotated.
 * @param timestamp seconds since 1970
 */
export function signatures(
  secrets: readonly string[],
  { id, timestamp, body }: { id: string; timestamp: number; body: string },
): string {
  return secrets.map((secret) => `v1,${hmac(secret, `${id}.${timestamp}.${body}`)}`).join(' ');
}

function hmac(secret: string, text: string): string {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return createHmac('sha256', key).update(text).digest('base64');
}
