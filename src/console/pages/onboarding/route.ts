import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isOnboardingId } from '../../../domain/ids.ts';
import type { Ledger } from '../../../ports.ts';
import { findNamed } from '../../query.ts';
import { OPERATED, VIEWED } from '../../security.ts';
import { setNotice, type Notice } from '../../cookies.ts';
import { checkNow, type CheckNowResult } from '../../../lifecycle/check-now.ts';
import type { PagesDeps } from '../../deps.ts';
import { NOTHING_HERE } from '../problem.tsx';
import { timelineOf } from './timeline.ts';
import { onboardingPage } from './view.tsx';

/** Webhook deliveries of one onboarding: its ends, and how its source fared. */
const DELIVERIES_MAX = 50;
/** Entries of the audit for one onboarding; the audit's page has all of them. */
const AUDIT_MAX = 100;

/** One onboarding with all that happened to it. */
export function onboardingRoute(app: FastifyInstance, deps: PagesDeps): void {
  const {
    operator: { ledger },
    respond,
  } = deps;
  checkAction(app, deps);
  app.get('/onboardings/:id', VIEWED, async (request, reply) => {
    const onboarding = await findOnboarding(request, ledger);
    if (onboarding === undefined) return respond(request, reply, NOTHING_HERE);
    const { id } = onboarding;
    const [attempts, deliveries, audit, connections] = await Promise.all([
      ledger.attempts(id),
      ledger.listDeliveries({ onboardingId: id }, { limit: DELIVERIES_MAX }),
      ledger.listAudit({ subject: id }, { limit: AUDIT_MAX }),
      ledger.connectionChanges(id),
    ]);
    const timeline = timelineOf({
      onboarding,
      attempts,
      deliveries: deliveries.items,
      audit: audit.items,
      connections,
    });
    return respond(request, reply, onboardingPage({ onboarding, timeline }));
  });
}

/** A look at AWS changes nothing there, so nothing has to be confirmed. */
function checkAction(
  app: FastifyInstance,
  { operator: { ledger }, checkNow: deps, respond }: PagesDeps,
): void {
  app.post('/onboardings/:id/check', OPERATED, async (request, reply) => {
    const onboarding = await findOnboarding(request, ledger);
    if (onboarding === undefined) return respond(request, reply, NOTHING_HERE);
    setNotice(reply, noticeOf(await checkNow(onboarding.id, deps)));
    return reply.redirect(`/onboardings/${onboarding.id}`, 303);
  });
}

function noticeOf(result: CheckNowResult): Notice {
  switch (result.kind) {
    case 'looked':
      return result.onboarding.checkError === null || result.onboarding.checkError.code === 'AccountConflict'
        ? 'checked'
        : 'checkFailed';
    case 'regionHeld':
      return 'checkHeld';
    case 'notFound':
    case 'notProvisioned':
    case 'awsUnavailable':
      return 'checkFailed';
  }
}

/** The onboarding that the address names. */
export const findOnboarding = (request: FastifyRequest, ledger: Ledger) =>
  findNamed(request, isOnboardingId, (id) => ledger.get(id));
