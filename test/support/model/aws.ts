import type { AccountId } from '../../../src/domain/account.ts';
import type { Fault, FaultKind, SourceRef } from '../../../src/domain/outcome.ts';
import { deriveSourceArn } from '../../../src/domain/source-name.ts';
import type { PartnerGateway } from '../../../src/ports.ts';

/**
 * What AWS does with the creates of one job run. `ok`: what it should. `lost`: the first is applied, its reply is not
 * heard. `blip`: the first fails. `down`: all fail. `cut`: the first fails, then the process stops.
 */
export const ANSWERS = [
  'ok',
  'lost',
  'blip',
  'down',
  'cut',
  'throttled',
  'expired',
  'limit',
  'off',
  'invalid',
] as const;
export type Answer = (typeof ANSWERS)[number];

export const FAULTS: Readonly<Partial<Record<Answer, { kind: FaultKind; code: string }>>> = {
  throttled: { kind: 'throttled', code: 'ThrottlingException' },
  expired: { kind: 'operatorFault', code: 'ExpiredTokenException' },
  limit: { kind: 'quota', code: 'LimitExceededException' },
  off: { kind: 'regionOff', code: 'OperationDisabledException' },
  invalid: { kind: 'rejected', code: 'ValidationException' },
};

export interface Holding {
  readonly account: AccountId;
  readonly state: 'pending' | 'active' | 'deleted';
}

/** Holds a run back before its first create. */
export interface Hold {
  readonly reached: Promise<void>;
  readonly reach: () => void;
  readonly released: Promise<void>;
  readonly release: () => void;
}

export function hold(): Hold {
  let reach = (): void => undefined;
  let release = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  return { reached, reach, released, release };
}

/** EventBridge as far as provisioning sees it: one holder for a name, and a create that repeats is refused. */
export class InMemoryAws {
  readonly sources = new Map<string, Holding>();
  creates = 0;

  /** The gateway of one job run; `stop` is told when the process is to stop. */
  gateway(answer: Answer, { held, stop }: { held?: Hold | undefined; stop: () => void }): PartnerGateway {
    let made = 0;
    const reply = { durationMs: 1, requestId: 'model' };
    return {
      create: async (source, signal) => {
        held?.reach();
        await held?.released;
        signal.throwIfAborted();
        made += 1;
        this.creates += 1;
        const fault = faultOf(answer, made);
        if (fault === undefined || answer === 'lost') {
          const refused = this.#apply(source);
          if (fault === undefined) return { ...reply, ...refused };
        }
        if (answer === 'cut') stop();
        return { ...reply, kind: 'fault', fault: { ...fault, message: 'says the model' } };
      },
      describe: ({ region, sourceName }) => {
        const found = this.sources.has(sourceName);
        const value = { eventSourceArn: deriveSourceArn(region, sourceName) };
        return Promise.resolve(found ? { ...reply, kind: 'found', value } : { ...reply, kind: 'notFound' });
      },
      listAccounts: ({ sourceName }) => {
        const holding = this.sources.get(sourceName);
        return Promise.resolve(
          holding === undefined
            ? { ...reply, kind: 'notFound' }
            : { ...reply, kind: 'found', value: [holding] },
        );
      },
      close: () => undefined,
    };
  }

  #apply({ region, sourceName, account }: SourceRef & { account: AccountId }) {
    if (this.sources.has(sourceName)) {
      const code = 'ResourceAlreadyExistsException';
      return { kind: 'alreadyExists', code, message: 'It exists.' } as const;
    }
    this.sources.set(sourceName, { account, state: 'pending' });
    return { kind: 'created', eventSourceArn: deriveSourceArn(region, sourceName) } as const;
  }
}

/** What goes wrong with the n-th create of a run. */
function faultOf(answer: Answer, n: number): Omit<Fault, 'message'> | undefined {
  const transient = { kind: 'transient', code: 'Timeout' } as const;
  switch (answer) {
    case 'ok':
      return undefined;
    case 'lost':
    case 'blip':
    case 'cut':
      return n === 1 ? transient : undefined;
    case 'down':
      return transient;
    default:
      return FAULTS[answer];
  }
}
