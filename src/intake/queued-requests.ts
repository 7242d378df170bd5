/**
 * Intake from the queue that other programs add to: the same judgement as HTTP's, said to BullMQ. The job is done only
 * after the ledger has committed; while that is away it waits.
 */
import { SOURCE_NAME_TAKEN } from '../domain/acceptance.ts';
import type { FieldIssue } from '../domain/field-issue.ts';
import type { IntakeVerdict } from '../domain/job.ts';
import { parseOnboardingRequest, type RequestRules } from '../domain/onboarding-request.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import { shown } from '../domain/shown.ts';
import { LedgerUnavailableError } from '../domain/unavailable.ts';
import type { Log, Metrics } from '../ports.ts';
import type { IntakeHandler } from '../ports/intake-queue.ts';
import type { Intake } from './accept.ts';

export interface QueuedRequestsDeps {
  readonly intake: Pick<Intake, 'acceptMany'>;
  readonly rules: Omit<RequestRules, 'defaultLane'>;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'requested'>;
  /** 0 to 1. */
  readonly random: () => number;
}

/** The only payload that there is so far: `{"v": 1, "request": {…}}`. */
const VERSION = 1;
const MALFORMED = `MalformedJob: the data of a job in this queue is {"v": ${VERSION}, "request": {"account": …, "region": …, …}}`;

const LEDGER_AWAY_MS = { least: 1_000, spread: 4_000 };

export function createQueuedRequests(deps: QueuedRequestsDeps): IntakeHandler {
  return async (data) => {
    const payload = readPayload(data);
    if (payload.kind === 'refused') {
      deps.metrics.requested('queue', 'invalid');
      return payload;
    }
    const checked = parseOnboardingRequest(payload.request, { ...deps.rules, defaultLane: 'live' });
    if (!checked.ok) {
      deps.metrics.requested('queue', 'invalid');
      return { kind: 'refused', reason: `invalid_request: ${checked.issues.map(sentenceOf).join(' ')}` };
    }
    return record(checked.value, deps);
  };
}

function readPayload(
  data: unknown,
): { readonly kind: 'read'; readonly request: unknown } | (IntakeVerdict & { readonly kind: 'refused' }) {
  if (typeof data !== 'object' || data === null || !('v' in data))
    return { kind: 'refused', reason: `${MALFORMED}, not ${shown(data)}.` };
  const { v, request, ...rest } = data as Record<string, unknown>;
  if (v !== VERSION) return { kind: 'refused', reason: `${MALFORMED}; this one has v ${shown(v)}.` };
  const [other] = Object.keys(rest);
  if (other !== undefined)
    return { kind: 'refused', reason: `${MALFORMED}, and nothing beside them, such as ${shown(other)}.` };
  return { kind: 'read', request };
}

const sentenceOf = ({ field, code, message }: FieldIssue): string => `${field} (${code}): ${message}`;

async function record(
  request: OnboardingRequest,
  { intake, log, random }: QueuedRequestsDeps,
): Promise<IntakeVerdict> {
  try {
    const [acceptance] = await intake.acceptMany([request], 'queue');
    switch (acceptance?.kind) {
      case 'accepted':
      case 'existing':
        return { kind: 'done', id: acceptance.onboarding.id };
      case 'taken':
        return {
          kind: 'refused',
          reason: `${SOURCE_NAME_TAKEN.code}: ${SOURCE_NAME_TAKEN.message}`,
        };
      case undefined:
        throw new Error('The intake returned no result for one request.');
    }
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError)) throw error;
    log.warn({ err: error }, 'intake.ledger_unavailable');
    return { kind: 'later', delayMs: LEDGER_AWAY_MS.least + random() * LEDGER_AWAY_MS.spread };
  }
}
