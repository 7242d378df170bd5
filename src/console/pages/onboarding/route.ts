import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isOnboardingId } from '../../../domain/ids.ts';
import type { Ledger } from '../../../ports.ts';
import { findNamed } from '../../query.ts';
import { VIEWED } from '../../security.ts';
import type { PagesDeps } from '../../deps.ts';
import { NOTHING_HERE } from '../problem.tsx';
import { timelineOf } from './timeline.ts';
import { onboardingPage } from './view.tsx';

/** Webhook deliveries of one onboarding: one for each of its ends. */
const DELIVERIES_MAX = 50;
/** Entries of the audit for one onboarding; the audit's page has all of them. */
const AUDIT_MAX = 100;

/** One onboarding with all that happened to it. */
export function onboardingRoute(app: FastifyInstance, { operator: { ledger }, respond }: PagesDeps): void {
  app.get('/onboardings/:id', VIEWED, async (request, reply) => {
    const onboarding = await findOnboarding(request, ledger);
    if (onboarding === undefined) return respond(request, reply, NOTHING_HERE);
    const { id } = onboarding;
    const [attempts, deliveries, audit] = await Promise.all([
      ledger.attempts(id),
      ledger.listDeliveries({ onboardingId: id }, { limit: DELIVERIES_MAX }),
      ledger.listAudit({ subject: id }, { limit: AUDIT_MAX }),
    ]);
    const timeline = timelineOf({
      onboarding,
      attempts,
      deliveries: deliveries.items,
      audit: audit.items,
    });
    return respond(request, reply, onboardingPage({ onboarding, timeline }));
  });
}

/** The onboarding that the address names. */
export const findOnboarding = (request: FastifyRequest, ledger: Ledger) =>
  findNamed(request, isOnboardingId, (id) => ledger.get(id));
