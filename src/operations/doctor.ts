import { broken, doubtful, wellFound, type Finding } from '../domain/finding.ts';
import { deliveryTroubles } from '../domain/delivery-policy.ts';
import type { Region } from '../domain/region.ts';
import { QueueUnavailableError } from '../domain/unavailable.ts';
import type { JobQueue } from '../ports.ts';
import type { Checkup } from '../ports/doctor.ts';
import type { OperatorDeps } from './operator-deps.ts';
import { readRegionStates, type RegionReads, type RegionState } from './regions.ts';

/** One that hangs is left behind, and said to. */
const WITHIN_MS = 8_000;

/** Everything that the service stands on, looked at side by side; nothing is changed anywhere. */
export async function examine(
  deps: RegionReads & Pick<OperatorDeps, 'checkups'>,
): Promise<readonly Finding[]> {
  const found = await examineAll(deps.checkups);
  return [...found, ...(await judgeCreates(deps)), ...(await judgeDeliveries(deps))];
}

/** Which parts no process runs, on any host. */
export function createPartsCheckup(queue: Pick<JobQueue, 'running'>, parts: readonly string[]): Checkup {
  const look = { check: 'parts.running' };
  return async () => {
    try {
      const running = await queue.running(parts);
      const missing = parts.filter((part) => !running.includes(part));
      if (missing.length === 0) return [wellFound(look, `All parts are running: ${parts.join(', ')}.`)];
      return missing.map((part) =>
        broken({ ...look, subject: part }, `No process runs ${part}.`, `Start one with \`--run=${part}\`.`),
      );
    } catch (error) {
      if (!(error instanceof QueueUnavailableError)) throw error;
      // Redis' own look says that it cannot be asked.
      return [];
    }
  };
}

/** The same without the ledger's own knowledge, for a service that does not run. */
export async function examineAll(checkups: readonly Checkup[]): Promise<readonly Finding[]> {
  const signal = AbortSignal.timeout(WITHIN_MS);
  const found = await Promise.all(checkups.map((checkup) => answerOf(checkup, signal)));
  return found.flat();
}

async function answerOf(checkup: Checkup, signal: AbortSignal): Promise<readonly Finding[]> {
  try {
    return await Promise.race([checkup(signal), rejectedOnceAborted(signal)]);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [broken({ check: 'doctor' }, `A check did not finish: ${why}`, 'See the service’s log.')];
  }
}

const rejectedOnceAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`It took more than ${WITHIN_MS / 1_000} s.`)), {
      once: true,
    });
  });

/** Whether webhooks arrive; without the ledger, whose own look has said so, there is nothing to judge. */
async function judgeDeliveries({ ledger }: RegionReads): Promise<readonly Finding[]> {
  const backlog = await ledger.deliveryBacklog().catch(() => undefined);
  if (backlog === undefined) return [];
  const look = { check: 'webhooks.deliveries' };
  const troubles = deliveryTroubles(backlog);
  if (troubles.length === 0) return [wellFound(look, `Webhooks are delivered; ${backlog.waiting} waiting.`)];
  return [
    doubtful(
      look,
      `Webhooks are late: ${troubles.join(', ')}.`,
      'Run a `webhooks` process and fix the receiver, then `onboard deliveries send-now`. See docs/runbooks/deliveries.md.',
    ),
  ];
}

/**
 * Whether sources may be created. Nothing is created to find out: the onboardings before tell, and the Region's circuit,
 * which opens when creates are denied.
 */
async function judgeCreates(deps: RegionReads): Promise<readonly Finding[]> {
  try {
    const states = await readRegionStates(deps);
    return await Promise.all(
      states.map(async (state) => judgeCreate(state, await newestIn(state.region, deps))),
    );
  } catch {
    // Without ledger or Redis there is nothing to judge by; their own looks have said so.
    return [];
  }
}

async function newestIn(region: Region, { ledger }: RegionReads): Promise<string | undefined> {
  const { items } = await ledger.list({ region, status: 'provisioned' }, { limit: 1 });
  return items[0]?.completedAt ?? undefined;
}

function judgeCreate({ region, circuit }: RegionState, newest: string | undefined): Finding {
  const look = { check: 'aws.create', subject: region };
  if (circuit !== null && circuit.state !== 'closed')
    return broken(
      look,
      `No sources are created: the circuit is open because of ${circuit.code ?? 'an error'}.`,
      'Fix this error; the circuit then closes automatically. See `onboard stats`.',
    );
  if (newest !== undefined)
    return wellFound(
      look,
      `events:CreatePartnerEventSource is allowed: a source was created, newest ${newest}.`,
    );
  return doubtful(
    look,
    'It is unknown whether events:CreatePartnerEventSource is allowed: no source was created here yet, and this check creates none.',
    'Grant the policy that `onboard iam-policy` prints. The first onboarding verifies it.',
  );
}
