import type { Parser } from './config-parsers.ts';

const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** A signing secret as Standard Webhooks writes one. The problem never repeats the input. */
export const webhookSecret: Parser<string> = (input) => {
  const [, encoded = ''] = SECRET.exec(input) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  // Written again, because Node's decoder takes what is cut short or oddly ended.
  const isWhole = bytes.toString('base64') === encoded;
  return isWhole && bytes.length >= 24 && bytes.length <= 64
    ? { ok: true, value: input }
    : {
        ok: false,
        problem:
          'must be whsec_ and the base64 of 24 to 64 bytes; make one with: echo whsec_$(openssl rand -base64 32)',
      };
};

/** A host as a URL spells it, with or without a port. Answered in lower case. */
export const hostEntry: Parser<string> = (input) => {
  const text = input.toLowerCase();
  if (!/[/?#@\\]/.test(text) && URL.canParse(`http://${text}`)) {
    const { host, hostname } = new URL(`http://${text}`);
    // URL drops the port 80, which http has anyway.
    if (text === host || text === `${hostname}:80`) return { ok: true, value: text };
  }
  return { ok: false, problem: 'is not a host such as hooks.internal or hooks.internal:8080' };
};
