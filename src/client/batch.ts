import type { Onboarding } from '../domain/onboarding.ts';
import { failed } from './http-call.ts';
import type { Answer, CallError, Problem } from './answers.ts';
import type { OnboardRequest } from './wire.ts';

/** What the service takes at once, see docs/http-api.md#limits. */
const CHUNK_MAX_ITEMS = 1_000;
const CHUNK_MAX_BYTES = 16_000_000;

/** One call's share of a list: a JSON array of `count` requests. */
export interface Chunk {
  readonly jsonText: string;
  readonly count: number;
}

/** Cuts a list into calls that the service takes; the same list is always cut the same way. */
export function* chunksOf(
  requests: readonly OnboardRequest[],
  { maxItems = CHUNK_MAX_ITEMS, maxBytes = CHUNK_MAX_BYTES } = {},
): Generator<Chunk, void> {
  let items: string[] = [];
  let bytes = 2;
  for (const request of requests) {
    const item = JSON.stringify(request);
    // One more for the comma.
    const itemBytes = utf8Length(item) + 1;
    if (items.length === maxItems || (items.length > 0 && bytes + itemBytes > maxBytes)) {
      yield { jsonText: `[${items.join(',')}]`, count: items.length };
      items = [];
      bytes = 2;
    }
    items.push(item);
    bytes += itemBytes;
  }
  if (items.length > 0) yield { jsonText: `[${items.join(',')}]`, count: items.length };
}

/** Bytes of a text that JSON.stringify wrote: it leaves no half of a surrogate pair alone. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800 || (unit & 0xf800) === 0xd800) bytes += 2;
    else bytes += 3;
  }
  return bytes;
}

/** The batch's answer on the wire. */
export interface BatchAnswer {
  readonly items: readonly BatchItem[];
}

interface BatchItem {
  readonly status: number;
  readonly onboarding?: Onboarding;
  readonly problem?: Problem;
}

/** One answer per request of the chunk, in order; an error of the whole call is every request's. */
export function answersOf(answer: Answer<BatchAnswer>, { count }: Chunk): readonly Answer<Onboarding>[] {
  if (!answer.ok) return repeated(answer.error, count);
  const { items } = answer.value as Partial<BatchAnswer>;
  if (!Array.isArray(items) || items.length !== count) {
    const detail = `HTTP ${answer.status} without one result per onboarding. Check that the URL is the service’s.`;
    return repeated({ kind: 'unreadable', detail, status: answer.status }, count);
  }
  return (items as readonly BatchItem[]).map(itemAnswer);
}

function itemAnswer({ status, onboarding, problem }: BatchItem): Answer<Onboarding> {
  if (onboarding !== undefined) return { ok: true, status, value: onboarding };
  if (problem !== undefined) return failed({ kind: 'problem', ...problem });
  return failed({ kind: 'unreadable', status, detail: 'An item has neither onboarding nor problem.' });
}

export const repeated = (error: CallError, count: number): readonly Answer<Onboarding>[] =>
  Array.from({ length: count }, () => failed(error));
