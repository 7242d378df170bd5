/** Callers of the API as a signup flow should be one: whoever gets no answer, or is told to come back, asks again. */
import { ADMIN_TOKEN, pause } from './fleet.ts';

export interface Answered {
  readonly status: number;
  readonly body: unknown;
}

export interface CallMore {
  readonly body?: string;
  readonly type?: string;
  /** Called before every try: one whose answer is lost may have had its effect. */
  readonly onTry?: () => void;
}

export interface Callers {
  /** Tries one API after the other until one answers with something else than "later". */
  untilAnswered(method: 'GET' | 'POST', path: string, more?: CallMore): Promise<Answered>;
  readonly counts: { tries: number; unanswered: number; later: number };
}

const ANSWER_WITHIN_MS = 6_000;
/** An import is answered after its last row. */
const IMPORT_WITHIN_MS = 30_000;
const GIVE_UP_MS = 240_000;
const PAUSE_MS = 150;
const LATER = new Set([408, 429, 502, 503, 504]);

export function createCallers(urls: readonly string[]): Callers {
  const counts = { tries: 0, unanswered: 0, later: 0 };
  let turn = 0;
  const once = async (
    method: string,
    path: string,
    { body, type = 'application/json' }: CallMore,
  ): Promise<Answered | string> => {
    counts.tries += 1;
    const url = urls[(turn += 1) % urls.length]!;
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${ADMIN_TOKEN}`,
          ...(body === undefined ? {} : { 'content-type': type }),
        },
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.timeout(type === 'text/csv' ? IMPORT_WITHIN_MS : ANSWER_WITHIN_MS),
      });
      const answer = { status: response.status, body: (await response.json()) as unknown };
      if (!LATER.has(answer.status)) return answer;
      counts.later += 1;
      return `${answer.status} ${JSON.stringify(answer.body)}`;
    } catch (error) {
      // Refused, reset, silent or cut in the middle: whether it had its effect is what the caller cannot know.
      counts.unanswered += 1;
      return String(error);
    }
  };
  return {
    counts,
    async untilAnswered(method, path, more = {}) {
      const deadline = Date.now() + GIVE_UP_MS;
      let last = '';
      while (Date.now() < deadline) {
        more.onTry?.();
        const answer = await once(method, path, more);
        if (typeof answer !== 'string') return answer;
        last = answer;
        await pause(PAUSE_MS * (0.5 + Math.random()));
      }
      throw new Error(`No API answered ${method} ${path} within ${GIVE_UP_MS} ms; the last said: ${last}`);
    },
  };
}
