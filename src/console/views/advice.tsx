import type { Advice } from '../../domain/advice.ts';
import { Copy, Copyable } from './copy.tsx';

const SIDES: Readonly<Record<Advice['side'], string>> = {
  ours: 'ours to mend',
  aws: 'AWS has to move',
  customer: 'with the customer',
};

/** Who has to move. */
export function AdviceSide({ advice }: { advice: Advice }) {
  return <span class="chip">{SIDES[advice.side]}</span>;
}

/** What an error means and what to do about it, in order. */
export function AdviceText({ advice }: { advice: Advice }) {
  return (
    <>
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
    </>
  );
}
