import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Acceptance } from '../domain/acceptance.ts';
import type { Intake, Via } from '../intake/accept.ts';
import type { Metrics } from '../ports.ts';
import {
  bodyFingerprint,
  KEY_HEADER,
  keyDigest,
  readIdempotencyKey,
  REPLAYED_HEADER,
} from './idempotency-key.ts';
import { requestsOf, type CheckedItem } from './judged-item.ts';
import { invalidRequest, problem, PROBLEM_TYPE, sendProblem } from './problem.ts';

/** An answer as it can be kept and sent again. */
export interface KeptAnswer {
  readonly status: number;
  readonly location?: string;
  readonly body: unknown;
}

export interface IntakeCall {
  readonly via: Via;
  readonly items: readonly CheckedItem[];
  /** Pure; `acceptances` are those of the items that were in order. */
  readonly answer: (acceptances: readonly Acceptance[]) => KeptAnswer;
}

export interface TakeInDeps {
  readonly intake: Pick<Intake, 'acceptMany' | 'acceptKeyed'>;
  readonly metrics: Pick<Metrics, 'requested'>;
}

const AT_WORK_RETRY_SECONDS = 2;

/**
 * Takes a call's onboardings in and answers it. With an Idempotency-Key the answer is kept, a refusal too: what is
 * wrong with a request is so at every repetition, and the key must go on standing for it.
 */
export async function takeIn(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  call: IntakeCall,
  { intake, metrics }: TakeInDeps,
): Promise<FastifyReply> {
  const key = readIdempotencyKey(request);
  if (!key.ok) return sendProblem(reply, invalidRequest(key.issues));
  const requests = requestsOf(call.items);
  const countInvalid = (): void => {
    const invalid = call.items.length - requests.length;
    if (invalid > 0) metrics.requested(call.via, 'invalid', invalid);
  };
  if (key.value === undefined) {
    const acceptances = await intake.acceptMany(requests, call.via);
    countInvalid();
    return sendAnswer(reply, call.answer(acceptances));
  }
  const outcome = await intake.acceptKeyed(
    {
      key: keyDigest({ ...request, route: request.routeOptions.url ?? '', key: key.value }),
      fingerprint: await bodyFingerprint(request.body),
      requests,
      answer: (acceptances) => JSON.stringify(call.answer(acceptances)),
    },
    call.via,
  );
  switch (outcome.kind) {
    case 'first':
      countInvalid();
      return sendAnswer(reply, JSON.parse(outcome.answer) as KeptAnswer);
    case 'repeated':
      return sendAnswer(reply.header(REPLAYED_HEADER, 'true'), JSON.parse(outcome.answer) as KeptAnswer);
    case 'otherRequest':
    case 'atWork':
      return refuseKey(reply, outcome.kind);
  }
}

/** `otherRequest`: the key stands for another body. `atWork`: its first call has not ended yet. */
export function refuseKey(reply: FastifyReply, why: 'otherRequest' | 'atWork'): FastifyReply {
  if (why === 'otherRequest') return sendProblem(reply, KEY_REUSED);
  return sendProblem(reply.header('retry-after', AT_WORK_RETRY_SECONDS), KEY_IN_USE);
}

export function sendAnswer(reply: FastifyReply, { status, location, body }: KeptAnswer): FastifyReply {
  if (location !== undefined) reply.header('location', location);
  if (status >= 400) reply.type(PROBLEM_TYPE);
  return reply.code(status).send(status >= 400 ? JSON.stringify(body) : body);
}

const KEY_REUSED = problem('idempotency_key_reused', {
  detail: 'This key was sent with another body in the last 24 hours: give every request a key of its own.',
  field: KEY_HEADER,
});

const KEY_IN_USE = problem('idempotency_key_in_use', {
  detail: 'The first call with this key is still at work. Send the same request again in a moment.',
  field: KEY_HEADER,
});
