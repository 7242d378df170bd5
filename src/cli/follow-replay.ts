import { setTimeout as delay } from 'node:timers/promises';
import type { OnboardingClient } from '../client/onboarding-client.ts';
import type { Replay } from '../client/replay-answers.ts';
import { onStopSignal } from '../runtime/stop-signal.ts';
import { valueOf } from './context.ts';
import { CommandFailed } from './failures.ts';
import { progressBar } from './progress-bar.ts';
import { quietLog } from './quiet-log.ts';
import type { Terminal } from './terminal.ts';

const POLL_MS = 500;

/** Shows a bulk replay's progress until it has ended. Ctrl-C ends the looking, and not the replay. */
export async function followReplay(
  first: Replay,
  { client, terminal }: { client: OnboardingClient; terminal: Terminal },
): Promise<Replay> {
  const stopping = onStopSignal(quietLog(terminal));
  const bar = progressBar(terminal, { total: first.matched, what: 'ended' });
  let replay = first;
  try {
    while (true) {
      bar.update(endedOf(replay), toldOf(replay));
      if (replay.status !== 'running') return replay;
      await delay(POLL_MS, undefined, { signal: stopping });
      replay = await valueOf(client.replayProgress(first.id, { signal: stopping }));
    }
  } catch (error) {
    if (!stopping.aborted) throw error;
    bar.stop();
    throw new CommandFailed(
      `The replay goes on by itself: "onboard replays follow ${first.id}" shows it, "onboard replays cancel ${first.id} --reason …" ends it.`,
    );
  } finally {
    bar.stop();
  }
}

const endedOf = ({ provisioned, failed, cancelled, skipped }: Replay): number =>
  provisioned + failed + cancelled + skipped;

const toldOf = ({ provisioned, failed, waiting }: Replay): string =>
  `provisioned ${provisioned}  failed ${failed}  waiting ${waiting}`;

/** Whether all of it came to a good end, as an exit code wants to know. */
export const endedWell = ({ status, failed }: Replay): boolean => status === 'completed' && failed === 0;
