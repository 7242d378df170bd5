import type { IncomingHttpHeaders } from 'node:http';
import { isRegionCode, type Region } from '../domain/region.ts';
import { awsError, type Answer } from './answer.ts';

/** AWS refuses signatures that are further from its clock than this (General Reference, Signature Version 4). */
const TOLERANCE_MS = 5 * 60_000;

const CREDENTIAL_SCOPE = /Credential=[^/,\s]+\/\d{8}\/([a-z0-9-]{1,40})\/([a-z0-9-]{1,40})\/aws4_request/;
const AMZ_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

export type Signed =
  { readonly ok: true; readonly region: Region } | { readonly ok: false; readonly answer: Answer };

/**
 * Reads who calls which Region from the Signature Version 4 headers and judges the date by the wire clock.
 * The signature itself is not checked: any key pair is as good as another here.
 */
export function readSignature(
  { authorization, 'x-amz-date': amzDate }: IncomingHttpHeaders,
  wireNowMs: number,
): Signed {
  if (authorization?.startsWith('AWS4-HMAC-SHA256') !== true) {
    return refuse('MissingAuthenticationTokenException');
  }
  const [, region, service] = CREDENTIAL_SCOPE.exec(authorization) ?? [];
  if (region === undefined || service === undefined) {
    return refuse('IncompleteSignature', 'Authorization header requires a Credential with its scope.');
  }
  if (!isRegionCode(region)) {
    return refuse('InvalidSignatureException', 'Credential should be scoped to a valid region.');
  }
  if (service !== 'events') {
    return refuse('InvalidSignatureException', `Credential should be scoped to correct service: 'events'.`);
  }
  const staleness = datingProblem(typeof amzDate === 'string' ? amzDate : '', wireNowMs);
  if (staleness !== undefined) return refuse('InvalidSignatureException', staleness);
  return { ok: true, region };
}

function datingProblem(amzDate: string, wireNowMs: number): string | undefined {
  const signedAtMs = Date.parse(amzDate.replace(AMZ_DATE, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(signedAtMs)) return 'Date in X-Amz-Date is missing or unreadable.';
  const now = basicFormat(wireNowMs);
  if (signedAtMs < wireNowMs - TOLERANCE_MS) {
    return `Signature expired: ${amzDate} is now earlier than ${basicFormat(wireNowMs - TOLERANCE_MS)} (${now} - 5 min.)`;
  }
  if (signedAtMs > wireNowMs + TOLERANCE_MS) {
    return `Signature not yet current: ${amzDate} is still later than ${basicFormat(wireNowMs + TOLERANCE_MS)} (${now} + 5 min.)`;
  }
  return undefined;
}

const basicFormat = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;

const refuse = (name: string, message?: string): Signed => ({
  ok: false,
  answer: awsError(name, message === undefined ? {} : { message }),
});
