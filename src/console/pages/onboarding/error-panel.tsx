import { adviceFor } from '../../../domain/advice.ts';
import type { ProvisioningError } from '../../../domain/codec.ts';
import { AdviceSide, AdviceText } from '../../views/advice.tsx';
import { Copyable } from '../../views/copy.tsx';
import { Time } from '../../views/time.tsx';

/** What went wrong, in AWS's words and in ours, and what to do about it. */
export function ErrorPanel({ error, now }: { error: ProvisioningError; now: number }) {
  const advice = adviceFor(error.code, error.kind);
  return (
    <section class="error-panel" aria-label="Error">
      <p class="error-head">
        <b>{error.code}</b>
        <AdviceSide advice={advice} />
        <Time at={error.at} now={now} />
      </p>
      <p class="said">{error.message}</p>
      {error.requestId === undefined ? null : (
        <p class="faint">
          AWS request <Copyable text={error.requestId} what="request id" />
        </p>
      )}
      <h2>{advice.title}</h2>
      <AdviceText advice={advice} />
    </section>
  );
}
