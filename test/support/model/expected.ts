/**
 * What should be, in as few words as possible: a second telling of the rules in ARCHITECTURE.md that shares no code
 * with the product but its types. Names stand for onboardings, since a name has one holder at a time; those that were
 * cancelled hold none.
 */
import type { AccountId } from '../../../src/domain/account.ts';
import type { OnboardingId } from '../../../src/domain/ids.ts';
import type { Lane, Status } from '../../../src/domain/onboarding.ts';
import type { AttemptOutcomeKind } from '../../../src/domain/outcome-kind.ts';
import { FAULTS, type Answer, type Holding } from './aws.ts';

export const ROUNDS_MAX = 3;

export interface Case {
  readonly id: OnboardingId;
  readonly account: AccountId;
  readonly customerId: string | null;
  lane: Lane;
  status: Status;
  outcome: 'created' | 'adopted' | null;
  /** The error that it shows, by its kind. */
  errorKind: AttemptOutcomeKind | null;
  replays: number;
  rounds: number;
  /** Whether the queue holds its job. */
  carried: boolean;
  readonly attempts: { replay: number; outcome: AttemptOutcomeKind }[];
  readonly audited: { action: 'replay' | 'cancel'; before: Status; after: Status }[];
}

/** A replay of many: its set as it was fixed, and whether its members have had their turn. */
export interface ManyReplayed {
  readonly members: readonly { readonly found: Case; readonly replays: number }[];
  isMoved: boolean;
  /** Those that were moved; their jobs are added as soon as Redis is there. */
  moving: { readonly found: Case; readonly replays: number }[];
  queued: number;
  skipped: number;
}

/** What a job run knew when it began. */
type Begun = Pick<Case, 'account' | 'replays' | 'rounds'>;

export interface RunResult {
  readonly attempts: readonly AttemptOutcomeKind[];
  readonly end: 'provisioned' | 'retrying' | 'failed' | 'interrupted';
  readonly rounds: number;
}

export const isOpen = (status: Status): boolean => ['accepted', 'queued', 'retrying'].includes(status);

export class Expected {
  readonly cases = new Map<string, Case>();
  readonly cancelled: { readonly name: string; readonly found: Case }[] = [];
  readonly many: ManyReplayed[] = [];
  readonly aws: Map<string, Holding>;
  away = false;

  constructor(aws: ReadonlyMap<string, Holding> = new Map()) {
    this.aws = new Map(aws);
  }

  /** One of the cases whose job may run now, counted round; undefined when there is none. */
  runnable(nth: number): { name: string; found: Case } | undefined {
    const all = [...this.cases].filter(([, { carried, status }]) => carried && isOpen(status) && !this.away);
    const [name, found] = all[nth % all.length] ?? [];
    return name === undefined || found === undefined ? undefined : { name, found };
  }

  /** True when of two runs at once neither ends well: whose wait counts then is tested with the ledger. */
  bothWait(nth: number, fast: Answer, slow: Answer): boolean {
    const runnable = this.runnable(nth);
    if (runnable === undefined) return false;
    const { name, found } = runnable;
    const trial = new Expected(this.aws);
    const first = trial.run(name, found, fast).end;
    const second = trial.run(name, found, slow).end;
    return first === 'retrying' && (second === 'retrying' || second === 'failed');
  }

  /** What AWS and the rules make of a run; AWS keeps what was applied. */
  run(name: string, begun: Begun, answer: Answer): RunResult {
    const attempts = this.#attempts(name, begun.account, answer);
    const last = attempts.at(-1);
    if (answer === 'cut') return { attempts, end: 'interrupted', rounds: begun.rounds };
    switch (last) {
      case 'created':
      case 'adopted':
        return { attempts, end: 'provisioned', rounds: begun.rounds };
      case 'throttled':
      case 'operatorFault':
        return { attempts, end: 'retrying', rounds: begun.rounds };
      case 'transient':
      case 'unsettled': {
        const rounds = begun.rounds + 1;
        return { attempts, end: rounds < ROUNDS_MAX ? 'retrying' : 'failed', rounds };
      }
      default:
        return { attempts, end: 'failed', rounds: begun.rounds + 1 };
    }
  }

  /** What becomes of the case once a run's result is saved: a result that comes too late is an attempt alone. */
  save(found: Case, begun: Begun, { attempts, end, rounds }: RunResult): void {
    for (const outcome of attempts) found.attempts.push({ replay: begun.replays, outcome });
    const sameReplay = found.replays === begun.replays;
    const isLate = end === 'provisioned' && found.status === 'failed';
    if (!sameReplay || end === 'interrupted' || (!isOpen(found.status) && !isLate)) return;
    const last = attempts.at(-1) ?? null;
    found.status = end;
    found.rounds = isLate ? found.rounds : rounds;
    found.outcome = last === 'created' || last === 'adopted' ? last : null;
    found.errorKind = end === 'provisioned' ? null : last;
  }

  mayCancel(name: string): 'cancelled' | 'notCancellable' {
    return this.cases.get(name)?.status === 'provisioned' ? 'notCancellable' : 'cancelled';
  }

  cancel(name: string, found: Case): void {
    found.audited.push({ action: 'cancel', before: found.status, after: 'cancelled' });
    Object.assign(found, { status: 'cancelled', carried: false });
    this.cases.delete(name);
    this.cancelled.push({ name, found });
  }

  /** All rows, newest first. */
  rows(): readonly { readonly name: string; readonly found: Case }[] {
    const holders = [...this.cases].map(([name, found]) => ({ name, found }));
    return [...holders, ...this.cancelled].sort((one, other) => (one.found.id < other.found.id ? 1 : -1));
  }

  mayReplay(name: string): 'queued' | 'notReplayable' | 'alreadyProvisioned' {
    const found = this.cases.get(name);
    if (found === undefined || isOpen(found.status)) return 'notReplayable';
    const holding = this.aws.get(name);
    const isHeld = holding?.account === found.account && holding.state !== 'deleted';
    return found.status === 'provisioned' && isHeld ? 'alreadyProvisioned' : 'queued';
  }

  replay(found: Case): void {
    found.audited.push({ action: 'replay', before: found.status, after: 'queued' });
    Object.assign(found, {
      status: 'queued',
      outcome: null,
      errorKind: null,
      rounds: 0,
      carried: !this.away,
    });
    found.replays += 1;
  }

  /** Of everything that has failed by now; gives back how many those are. */
  startReplay(): number {
    const members = [...this.cases.values()]
      .filter(({ status }) => status === 'failed')
      .map((found) => ({ found, replays: found.replays }));
    if (members.length > 0) this.many.push({ members, isMoved: false, moving: [], queued: 0, skipped: 0 });
    return members.length;
  }

  /** A turn of whoever works replays off: it ends where Redis is needed and away. */
  workReplays(): void {
    for (const many of this.many) {
      if (!many.isMoved) this.#move(many);
      if (many.moving.length === 0) continue;
      if (this.away) return;
      for (const { found, replays } of many.moving) if (found.replays === replays) found.carried = true;
      many.queued = many.moving.length;
      many.moving = [];
    }
  }

  #move(many: ManyReplayed): void {
    many.isMoved = true;
    for (const { found, replays } of many.members) {
      if (found.status !== 'failed' || found.replays !== replays) {
        many.skipped += 1;
        continue;
      }
      this.replay(found);
      Object.assign(found, { lane: 'bulk', carried: false });
      many.moving.push({ found, replays: found.replays });
    }
  }

  rescue(): void {
    for (const found of this.cases.values()) {
      if (!isOpen(found.status)) continue;
      found.carried = true;
      if (found.status === 'accepted') found.status = 'queued';
    }
  }

  loseQueue(): void {
    for (const found of this.cases.values()) found.carried = false;
  }

  #attempts(name: string, account: AccountId, answer: Answer): AttemptOutcomeKind[] {
    switch (answer) {
      case 'ok':
        return [this.#create(name, account)];
      case 'lost':
        this.#create(name, account);
        return ['transient', this.#create(name, account)];
      case 'blip':
        return ['transient', this.#create(name, account)];
      case 'down':
        return ['transient', 'transient', 'transient'];
      case 'cut':
        return ['transient'];
      default:
        return [FAULTS[answer]?.kind ?? 'transient'];
    }
  }

  #create(name: string, account: AccountId): 'created' | 'adopted' | 'conflict' | 'unsettled' {
    const holding = this.aws.get(name);
    if (holding === undefined) {
      this.aws.set(name, { account, state: 'pending' });
      return 'created';
    }
    if (holding.state === 'deleted') return 'unsettled';
    return holding.account === account ? 'adopted' : 'conflict';
  }
}
