import type { FastifyInstance } from 'fastify';
import type { ComponentChildren } from 'preact';
import { LOSS_DECISIONS } from '../../../domain/check.ts';
import type { Hold } from '../../../domain/hold.ts';
import { readRegionQueues, type RegionQueue } from '../../../operations/regions.ts';
import { count, counted, duration } from '../../format.ts';
import type { PagesDeps } from '../../deps.ts';
import type { Page } from '../../page.ts';
import { VIEWED } from '../../security.ts';
import { RegionBadges } from '../../views/badge.tsx';
import { ActionLink, ForOperators } from '../../views/detail.tsx';
import { Icon, type IconName } from '../../views/icon.tsx';
import { Figure, Time } from '../../views/values.tsx';
import { possibleActions, REGION_ACTIONS, regionActions } from './action.tsx';
import { LOSS_VERBS, lossActions } from './losses.tsx';

/** Every Region: what holds it, what waits there, and what can be done about it. */
export function regionsRoute(app: FastifyInstance, deps: PagesDeps): void {
  const { operator, respond } = deps;
  app.get('/regions', VIEWED, async (request, reply) =>
    respond(request, reply, regionsPage(await readRegionQueues(operator), operator.quotaPerSecond)),
  );
  regionActions(app, deps);
  lossActions(app, deps);
}

function regionsPage(regions: readonly RegionQueue[], quotaPerSecond: number): Page {
  return {
    title: 'Regions',
    body: (
      <>
        <div>
          <h1>Regions</h1>
          <p class="faint">
            Each Region has its own queue, circuit and quota. A pause or drain lasts until you resume the
            Region.
          </p>
        </div>
        <div id="regions" class="stack" data-live data-refresh="1">
          {regions.map((region) => (
            <Card key={region.region} state={region} quotaPerSecond={quotaPerSecond} />
          ))}
        </div>
      </>
    ),
  };
}

interface CardProps {
  readonly state: RegionQueue;
  readonly quotaPerSecond: number;
}

function Card({ state, quotaPerSecond }: CardProps) {
  const { region } = state;
  return (
    <section id={region} class="panel stack region" aria-labelledby={`${region}-title`}>
      <header class="row tall close">
        <h2 id={`${region}-title`}>
          <a class="plain" href={`/onboardings?region=${region}`}>
            <code>{region}</code>
          </a>
        </h2>
        <RegionBadges state={state} />
        <ForOperators>
          {state.checksHeld === null
            ? null
            : LOSS_DECISIONS.map((decision) => (
                <ActionLink key={decision} href={`/regions/${region}/${decision}-losses`} icon="alert">
                  {LOSS_VERBS[decision]}
                  <span class="unseen"> {region}</span>
                </ActionLink>
              ))}
          {possibleActions(state).map((action) => (
            <ActionLink key={action} href={`/regions/${region}/${action}`} icon={REGION_ACTIONS[action].icon}>
              {REGION_ACTIONS[action].verb}
              <span class="unseen"> {region}</span>
            </ActionLink>
          ))}
        </ForOperators>
      </header>
      <Figures state={state} quotaPerSecond={quotaPerSecond} />
      <Reasons state={state} />
    </section>
  );
}

function Figures({ state, quotaPerSecond }: Pick<CardProps, 'state' | 'quotaPerSecond'>) {
  const { queue, drain } = state;
  return (
    <dl class="figures">
      <Figure name="Waiting" note="ready to run" value={queue?.waiting} />
      <Figure name="Oldest wait" note="of the waiting" value={queue?.oldestWaitingMs} write={duration} />
      <Figure name="Running" note="held by a worker" value={queue?.active} />
      <Figure name="Delayed" note="until their next attempt" value={queue?.delayed} />
      {drain === null ? null : (
        <Figure name="Left to drain" note="0 when the queue is empty" value={drain.remaining} />
      )}
      <Figure
        name="Quota"
        note="AWS calls per second, all processes combined"
        value={quotaPerSecond}
        write={(calls) => `${count(calls)}/s`}
      />
    </dl>
  );
}

/** Why it is held: by whom and since when, or by which error and until when. */
function Reasons({ state }: { state: RegionQueue }) {
  const { pause, drain, circuit, checksHeld } = state;
  const since = circuit?.since ?? null;
  const probe = circuit?.nextProbeAt ?? null;
  const off = circuit?.off ?? null;
  return (
    <>
      {pause === null ? null : <Held what="Paused" hold={pause} />}
      {drain === null ? null : <Held what="Draining" hold={drain} />}
      {since === null ? null : (
        <Reason icon="alert">
          Circuit open since <Time at={instant(since)} />: <b>{circuit?.code ?? 'unknown'}</b>.{' '}
          {probe === null ? (
            'A probe is running.'
          ) : (
            <>
              Next probe <Time at={instant(probe)} />.
            </>
          )}{' '}
          No onboarding fails meanwhile; the circuit closes when a probe succeeds.
        </Reason>
      )}
      {checksHeld === null ? null : (
        <Reason icon="alert">
          Looks at sources are stopped since <Time at={checksHeld.since} />:{' '}
          <b>{counted(checksHeld.lost, 'source', 'sources')}</b> missing at AWS. No customer was told.
        </Reason>
      )}
      {off === null ? null : (
        <Reason icon="slash">
          AWS reports the Region as switched off since <Time at={instant(off.since)} />: <b>{off.code}</b>.
          Onboardings fail with this error until one is provisioned.
        </Reason>
      )}
      {circuit !== null ? null : (
        <Reason icon="help">Redis is not responding, so circuit and queue are unknown.</Reason>
      )}
    </>
  );
}

function Held({ what, hold }: { what: string; hold: Hold }) {
  return (
    <Reason icon={what === 'Paused' ? 'pause' : 'drain'}>
      {what} by <b>{hold.actor}</b> <Time at={hold.beganAt} />: <span class="breaks">{hold.reason}</span>
    </Reason>
  );
}

function Reason({ icon, children }: { icon: IconName; children: ComponentChildren }) {
  return (
    <p class="beside soft reason">
      <Icon name={icon} />
      <span>{children}</span>
    </p>
  );
}

const instant = (ms: number): string => new Date(ms).toISOString();
