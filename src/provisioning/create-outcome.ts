import type { Turn } from '../domain/job.ts';
import type { Onboarding } from '../domain/onboarding.ts';
import {
  type AttemptOutcome,
  type CreateReply,
  type HeldSource,
  judgeHolding,
  type SourceAccount,
} from '../domain/outcome.ts';
import { deriveSourceArn } from '../domain/source-name.ts';
import type { PartnerGateway } from '../ports.ts';

interface Reading {
  readonly gateway: Pick<PartnerGateway, 'describe' | 'listAccounts'>;
  readonly signal: AbortSignal;
  readonly turn: Turn;
}

/**
 * Turns the answer to a create into the attempt's outcome, reading back what the answer left open: whose
 * source an existing name is, and an ARN that AWS did not give. A read that fails is judged by its own error.
 */
export async function outcomeOfCreate(
  onboarding: Onboarding,
  reply: CreateReply,
  io: Reading,
): Promise<AttemptOutcome> {
  switch (reply.kind) {
    case 'fault':
      return reply.fault;
    case 'created': {
      const arn = await findArn(onboarding, reply.eventSourceArn, io);
      // The plain path costs one call: a source is created PENDING, and its expiry is not read here.
      return {
        kind: 'created',
        source: { ...arn, awsState: 'pending', expiresAt: null },
        ...requestIdOf(reply),
      };
    }
    case 'alreadyExists':
      return outcomeOfExisting(onboarding, reply, io);
  }
}

async function outcomeOfExisting(
  onboarding: Onboarding,
  reply: CreateReply,
  io: Reading,
): Promise<AttemptOutcome> {
  const list = await io.gateway.listAccounts(onboarding, io.signal, io.turn);
  if (list.kind === 'fault') return list.fault;
  const holding = judgeHolding(onboarding.account, list.kind === 'found' ? list.value : []);
  switch (holding.kind) {
    case 'ours': {
      const arn = await findArn(onboarding, undefined, io);
      return { kind: 'adopted', source: { ...arn, ...viewOf(holding.record) }, ...requestIdOf(reply) };
    }
    case 'conflict':
      return {
        kind: 'conflict',
        code: 'AccountConflict',
        message:
          'The source name exists at AWS for another account; using it would send this customer’s events there. Choose another name, or delete that source first.',
        heldBy: holding.heldBy,
        ...requestIdOf(reply),
      };
    case 'unsettled':
      return { kind: 'unsettled', code: 'Unsettled', message: holding.reason, ...requestIdOf(reply) };
  }
}

/** AWS's own ARN, else the described one, else the derived one: the origin is kept, undefined never is. */
async function findArn(
  onboarding: Onboarding,
  given: string | undefined,
  { gateway, signal, turn }: Reading,
): Promise<Pick<HeldSource, 'eventSourceArn' | 'arnOrigin'>> {
  if (given !== undefined) return { eventSourceArn: given, arnOrigin: 'created' };
  const described = await gateway.describe(onboarding, signal, turn);
  if (described.kind === 'found' && described.value.eventSourceArn !== undefined) {
    return { eventSourceArn: described.value.eventSourceArn, arnOrigin: 'described' };
  }
  return { eventSourceArn: deriveSourceArn(onboarding.region, onboarding.sourceName), arnOrigin: 'derived' };
}

function viewOf(record: SourceAccount): Pick<HeldSource, 'awsState' | 'expiresAt'> {
  return { awsState: record.state, expiresAt: record.expiresAt ?? null };
}

function requestIdOf(reply: CreateReply): { requestId?: string } {
  return reply.requestId === undefined ? {} : { requestId: reply.requestId };
}
