import { adviceFor, type Advice } from '../../../domain/advice.ts';
import type { ProvisioningError } from '../../../domain/codec.ts';
import { Copy, Copyable } from '../../views/copy.tsx';
import { Time } from '../../views/time.tsx';

const SIDES: Readonly<Record<Advice['side'], string>> = {
  ours: 'ours to mend',
  aws: 'AWS has to move',
  customer: 'with the customer',
};

/** What went wrong, in AWS's words and in ours, and what to do about it. */
export function ErrorPanel({ error, now }: { error: ProvisioningError; now: number }) {
  const advice = adviceFor(error.code, error.kind);
  return (
    <section class="error-panel" aria-label="Error">
      <p class="error-head">
        <b>{error.code}</b>
        <span class="chip">{SIDES[advice.side]}</span>
        <Time at={error.at} now={now} />
      </p>
      <p class="said">{error.message}</p>
      {error.requestId === undefined ? null : (
        <p class="faint">
          AWS request <Copyable text={error.requestId} what="request id" />
        </p>
      )}
      <h2>{advice.title}</h2>
      <p>{advice.meaning}</p>
      <ol class="todo">
        {advice.todo.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <p>{advice.replayNote}</p>
      {advice.template === undefined ? null : (
        <details>
          <summary>A text to send</summary>
          <div class="command">
            <pre tabIndex={0}>{advice.template}</pre>
            <Copy text={advice.template} what="text" />
          </div>
        </details>
      )}
      <p class="faint">
        Runbook <Copyable text={advice.runbook} what="path of the runbook" />
      </p>
    </section>
  );
}
