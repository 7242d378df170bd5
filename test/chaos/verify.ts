/**
 * The promises, checked on what is left after a run: the callers' answers against the ledger, the ledger against the
 * sandbox, and both against what each kind of source has to end as. Knows nothing of how the service works.
 */
import { groupedBy, keyOf, type AttemptRow, type Books, type Row } from './books.ts';
import type { LoadResult, Told } from './load.ts';
import type { Operator } from './operator.ts';
import type { Plan, Wish } from './plan.ts';
import { checkSecondThought, type SecondThought } from './second-thoughts.ts';

export interface Verdict {
  /** Taken on, and without a row or without an end; or said to be there, and not there. */
  readonly lost: readonly string[];
  /** Two rows, two ids or two creates of one source. */
  readonly doubled: readonly string[];
  /** Provisioned for an account that does not hold the source. */
  readonly misassigned: readonly string[];
  /** Any other promise that was broken. */
  readonly wrong: readonly string[];
}

export interface Evidence {
  readonly plan: Plan;
  /** What was onboarded besides while everything came to its end. */
  readonly afterwards: readonly Wish[];
  readonly load: LoadResult;
  readonly secondThoughts: readonly SecondThought[];
  readonly replays: Operator['replays'];
  readonly books: Books;
}

const ENDED = new Set(['provisioned', 'failed', 'cancelled']);
/** Whose the sandbox says are the sources of the kind `other`. */
const STRANGER = '999999999999';

type Charge = (count: keyof Verdict, what: string) => void;

export function verify(evidence: Evidence): Verdict {
  const verdict = {
    lost: [],
    doubled: [],
    misassigned: [],
    wrong: [...evidence.load.wrong],
  } satisfies Record<keyof Verdict, string[]>;
  const charge: Charge = (count, what) => void (verdict[count] as string[]).push(what);
  const rows = groupedBy(evidence.books.rows, (row) => keyOf(row.region, row.source_name));
  const wishes = wishesOf(evidence);
  for (const told of evidence.load.told) checkAnswer(told, rows, charge);
  for (const thought of evidence.secondThoughts) {
    const [row] = rows.get(keyOf(thought.wish.region, thought.wish.sourceName)) ?? [];
    for (const what of checkSecondThought(thought, row, evidence.books)) charge('wrong', what);
  }
  for (const [key, same] of rows) {
    const wish = wishes.get(key);
    if (same.length > 1) charge('doubled', `${key} has ${same.length} rows`);
    if (wish === undefined) charge('wrong', `${key} was never asked for`);
    else for (const row of same) checkRow(row, wish, { evidence, charge });
  }
  checkStepsBack(evidence.books, charge);
  checkSources(rows, wishes, { evidence, charge });
  return verdict;
}

function wishesOf({ plan, afterwards }: Evidence): Map<string, Wish> {
  const asked = [...plan.requests, ...plan.imports.flat()].map(({ wish }) => wish);
  return new Map(
    [...asked, ...plan.secondThoughts, ...afterwards].map((wish) => [
      keyOf(wish.region, wish.sourceName),
      wish,
    ]),
  );
}

/** Whatever a caller was told must be true at the end. */
function checkAnswer({ asked, answer }: Told, rows: Map<string, Row[]>, charge: Charge): void {
  const key = keyOf(asked.wish.region, asked.wish.sourceName);
  const row = rows.get(key)?.[0];
  if (row === undefined) {
    charge('lost', `${key} was answered "${answer.kind}" and has no row`);
    return;
  }
  const own = row.account === asked.account;
  if (answer.kind === 'name taken') {
    if (own) charge('wrong', `${key} was refused to ${asked.account}, who has it`);
    return;
  }
  if (!own) charge('misassigned', `${key} was taken on for ${asked.account} and is ${row.account}'s`);
  if (answer.id !== undefined && answer.id !== row.id)
    charge('doubled', `${key} was shown as ${answer.id} and is ${row.id}`);
}

interface Judging {
  readonly evidence: Evidence;
  readonly charge: Charge;
}

function checkRow(row: Row, wish: Wish, judging: Judging): void {
  const { evidence, charge } = judging;
  const key = keyOf(row.region, row.source_name);
  if (!ENDED.has(row.status)) {
    charge('lost', `${key} is still ${row.status} (${row.id})`);
    return;
  }
  const end = row.status === 'failed' ? row.error_kind : row.status;
  const isCancelled = row.status === 'cancelled' && evidence.plan.secondThoughts.includes(wish);
  if (end !== wish.kind.end && !isCancelled)
    charge('wrong', `${key} ended ${String(end)} instead of ${wish.kind.end} (${row.id})`);
  const holder = evidence.books.holders.get(key);
  if (row.status === 'provisioned' && holder === undefined)
    charge('lost', `${key} is provisioned, and AWS has no such source`);
  if (row.status === 'provisioned' && holder !== undefined && holder !== row.account)
    charge('misassigned', `${key} is provisioned for ${row.account}, and AWS holds it for ${holder}`);
  // Of one that was cancelled, an earlier call may have made the source.
  if (row.status !== 'provisioned' && !isCancelled && holder === row.account)
    charge('wrong', `${key} is ${row.status}, and AWS holds it for this account`);
  const replays = evidence.replays.get(row.id) ?? { asked: 0, queued: 0 };
  const alone = row.replays - (evidence.books.moved.get(row.id) ?? 0);
  if (alone < replays.queued || alone > replays.asked)
    charge(
      'wrong',
      `${key} was replayed by itself ${alone} times; ${replays.queued} to ${replays.asked} were asked for`,
    );
  checkAttempts(row, evidence.books, charge);
}

function checkAttempts(row: Row, books: Books, charge: Charge): void {
  const key = keyOf(row.region, row.source_name);
  const attempts = books.attempts.get(row.id) ?? [];
  if (attempts.length !== row.attempts || attempts.some(({ number }, index) => number !== index + 1))
    charge(
      'wrong',
      `${key} counts ${row.attempts} attempts and has ${attempts.map((a) => a.number).join(' ')}`,
    );
  if (attempts.some(({ replay }) => replay > row.replays))
    charge('wrong', `${key} has an attempt of a later replay`);
  if (attempts.filter(({ outcome }) => outcome === 'created').length > 1)
    charge('doubled', `${key} was created by two attempts`);
  if (row.status === 'provisioned' && !attempts.some((attempt) => succeededAs(attempt, row)))
    charge('wrong', `${key} is provisioned as ${String(row.outcome)} and no attempt says so`);
  // Fewer may be written down than were made (a worker that died had not saved), but none that AWS never saw.
  const answered = attempts.filter(({ request_id: id }) => id !== null).length;
  const creates = books.creates(row);
  if (answered > creates)
    charge('wrong', `${key} has ${answered} attempts that AWS answered, and AWS saw ${creates} creates`);
}

const succeededAs = (attempt: AttemptRow, row: Row): boolean =>
  attempt.outcome === row.outcome && attempt.replay === row.replays;

/** Only a job that was not added takes an onboarding back: from queued, once, and before any attempt. */
function checkStepsBack({ stepsBack }: Books, charge: Charge): void {
  for (const [id, steps] of groupedBy(stepsBack, (step) => step.onboarding_id)) {
    if (steps.length > 1) charge('wrong', `${id} went back to accepted ${steps.length} times`);
    for (const { before, attempts } of steps)
      if (before !== 'queued' || attempts > 0)
        charge('wrong', `${id} went back to accepted from ${before}, after ${attempts} attempts`);
  }
}

/** Nothing at AWS that no row knows of, and every source made once. */
function checkSources(
  rows: Map<string, Row[]>,
  wishes: Map<string, Wish>,
  { evidence, charge }: Judging,
): void {
  const { holders, applied } = evidence.books;
  for (const [key, account] of holders) {
    const status = rows.get(key)?.[0]?.status;
    const mayBe = status === 'provisioned' || status === 'cancelled';
    if (account !== STRANGER && !mayBe)
      charge('wrong', `AWS holds ${key} for ${account}, and no row is provisioned for it`);
  }
  const made = [...holders.keys()].filter((key) => !isSeeded(wishes.get(key))).length;
  if (applied !== made) charge('doubled', `${applied} creates made ${made} sources`);
}

const SEEDS = ['mine', 'other', 'gone'];
const isSeeded = (wish: Wish | undefined): boolean =>
  wish?.kind.script.split('.').some((word) => SEEDS.includes(word)) === true;
