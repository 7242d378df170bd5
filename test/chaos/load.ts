/** Sends what a plan asks for over its time, and writes down what each caller was told. */
import type { Callers } from './callers.ts';
import { pause } from './fleet.ts';
import type { Asked, Plan } from './plan.ts';

/** What a caller was told: the onboarding is taken on (with its id, where the answer says it), or the name is taken. */
export interface Told {
  readonly asked: Asked;
  readonly answer: { readonly kind: 'taken on'; readonly id?: string } | { readonly kind: 'name taken' };
}

/** Requests under way at the same time, at the most, and imports likewise. */
const CALLERS = 50;

export interface LoadResult {
  readonly told: readonly Told[];
  /** Answers that no caller should ever get. */
  readonly wrong: readonly string[];
}

export async function sendAll(
  plan: Plan,
  callers: Callers,
  { overMs }: { overMs: number },
): Promise<LoadResult> {
  const told: Told[] = [];
  const wrong: string[] = [];
  const startedAt = Date.now();
  // Each is due at its own time, and waits for a free caller when the service is behind.
  const spread = async <T>(items: readonly T[], send: (item: T) => Promise<void>): Promise<void> => {
    const queue = items.entries();
    const caller = async (): Promise<void> => {
      for (const [n, item] of queue) {
        await pause(Math.max(0, startedAt + (overMs * n) / items.length - Date.now()));
        await send(item);
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
  };
  await Promise.all([
    spread(plan.requests, (asked) => sendOne(asked, { callers, told, wrong })),
    spread(plan.imports, (rows) => sendImport(rows, { callers, told, wrong })),
  ]);
  return { told, wrong };
}

interface Sending {
  readonly callers: Callers;
  readonly told: Told[];
  readonly wrong: string[];
}

async function sendOne(asked: Asked, { callers, told, wrong }: Sending): Promise<void> {
  const { region, sourceName, lane } = asked.wish;
  const body = JSON.stringify({ account: asked.account, region, sourceName, lane });
  const { status, body: answer } = await callers.untilAnswered('POST', '/v1/onboardings', { body });
  if (status === 202 || status === 200)
    told.push({ asked, answer: { kind: 'taken on', id: (answer as { id: string }).id } });
  else if (status === 409) told.push({ asked, answer: { kind: 'name taken' } });
  else wrong.push(`POST of ${sourceName} was answered ${status} ${JSON.stringify(answer)}`);
}

interface ImportAnswer {
  readonly rows: number;
  readonly errors: readonly { readonly row: number; readonly code: string }[];
}

async function sendImport(rows: readonly Asked[], { callers, told, wrong }: Sending): Promise<void> {
  const lines = rows.map(({ account, wish }) => `${account},${wish.region},${wish.sourceName}`);
  const body = ['account,region,sourceName', ...lines, ''].join('\n');
  const { status, body: answer } = await callers.untilAnswered('POST', '/v1/imports', {
    body,
    type: 'text/csv',
  });
  const { rows: counted, errors } = answer as ImportAnswer;
  if (status !== 202 || counted !== rows.length) {
    wrong.push(`An import of ${rows.length} rows was answered ${status} ${JSON.stringify(answer)}`);
    return;
  }
  const refused = new Map(errors.map(({ row, code }) => [row, code]));
  for (const [index, asked] of rows.entries()) {
    const code = refused.get(index + 1);
    if (code === undefined) told.push({ asked, answer: { kind: 'taken on' } });
    else if (code === 'source_name_taken') told.push({ asked, answer: { kind: 'name taken' } });
    else wrong.push(`A row for ${asked.wish.sourceName} was refused with ${code}`);
  }
}
