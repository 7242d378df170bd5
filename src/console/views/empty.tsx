import type { ComponentChildren } from 'preact';
import { Copy } from './copy.tsx';

/** A page with nothing to show says what would put something there, with a command to paste. */
export function Empty({
  title,
  children,
  command,
}: {
  title: string;
  children: ComponentChildren;
  command?: string;
}) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p>{children}</p>
      {command === undefined ? null : (
        <div class="command">
          <pre tabIndex={0}>{command}</pre>
          <Copy text={command} what="command" />
        </div>
      )}
    </div>
  );
}
