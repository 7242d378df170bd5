/** Customers who change their minds: each is onboarded in the midst of it, and cancelled a moment later. */
import type { Books, Row } from './books.ts';
import type { Callers } from './callers.ts';
import { pause } from './fleet.ts';
import type { Plan, Wish } from './plan.ts';
import type { Surroundings } from './surroundings.ts';

/** What the last answer said, when it came, and how many creates of the name AWS had seen by then. */
export interface SecondThought {
  readonly wish: Wish;
  readonly id: string;
  readonly answer: 'cancelled' | 'not cancellable' | 'running';
  readonly at: number;
  readonly creates: number;
}

/** A worker is processing it: asked again, so often. */
const ASKED_AT_MOST = 40;
/** A round has so many creates at the most. */
const ROUND = 3;
/**
 * A run that began before the cancel, and had lost its lock (Redis lost its data, or the worker was frozen), makes its
 * calls within this time and that of the longest freeze.
 */
const RUN_MS = 15_000;
const LONGEST_FREEZE_MS = 34_000;

export async function haveSecondThoughts(
  { secondThoughts }: Plan,
  callers: Callers,
  { overMs, sandbox }: { overMs: number; sandbox: Surroundings['sandbox'] },
): Promise<{ readonly thoughts: readonly SecondThought[]; readonly wrong: readonly string[] }> {
  const wrong: string[] = [];
  const thoughts = await Promise.all(
    secondThoughts.map(async (wish, n) => {
      await pause((overMs * n) / secondThoughts.length);
      const { region, sourceName, lane, accounts } = wish;
      const body = JSON.stringify({ account: accounts[0], region, sourceName, lane });
      const posted = await callers.untilAnswered('POST', '/v1/onboardings', { body });
      if (posted.status !== 202 && posted.status !== 200) {
        wrong.push(`POST of ${sourceName} was answered ${posted.status} ${JSON.stringify(posted.body)}`);
        return [];
      }
      const { id } = posted.body as { id: string };
      await pause((n % 5) * 150);
      const answer = await cancelled(id, callers);
      const { creates } = sandbox.books.calls({ region, name: sourceName });
      return [{ wish, id, answer, at: Date.now(), creates: creates ?? 0 }];
    }),
  );
  return { thoughts: thoughts.flat(), wrong };
}

async function cancelled(id: string, callers: Callers): Promise<SecondThought['answer']> {
  const reason = JSON.stringify({ reason: 'second thoughts' });
  for (let asked = 0; asked < ASKED_AT_MOST; asked += 1) {
    const { status, body } = await callers.untilAnswered('POST', `/v1/onboardings/${id}/cancel`, {
      body: reason,
    });
    if (status === 202) return 'cancelled';
    if ((body as { code?: string }).code !== 'attempt_running') return 'not cancellable';
    await pause(200);
  }
  return 'running';
}

/** What is wrong with what became of one of them. */
export function checkSecondThought(
  thought: SecondThought,
  row: Row | undefined,
  books: Books,
): readonly string[] {
  const { wish, id, answer, at, creates } = thought;
  if (row?.id !== id) return [`${wish.sourceName} was shown as ${id} and is ${String(row?.id)}`];
  if (answer === 'cancelled' && row.status !== 'cancelled')
    return [`${id} was answered as cancelled and is ${row.status}`];
  if (answer === 'not cancellable' && row.status !== 'cancelled' && row.status !== 'provisioned')
    return [`${id} was answered as not cancellable and is ${row.status}`];
  if (answer !== 'cancelled') return [];
  const since = books.creates(row) - creates;
  const last = books.lastCreateAt(row);
  return [
    ...(since > ROUND ? [`${id} was cancelled, and AWS saw ${since} creates afterwards`] : []),
    ...(last !== null && last > at + RUN_MS + LONGEST_FREEZE_MS
      ? [`${id} was cancelled, and AWS saw a create ${last - at} ms later`]
      : []),
  ];
}
