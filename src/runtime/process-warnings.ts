import type { Log } from '../ports.ts';

/** Writes the warnings of Node and of packages (pg, the AWS SDK) to the log, instead of as text to stderr. @returns ends it */
export function logProcessWarnings(log: Log): () => void {
  const printers = process.listeners('warning');
  const write = ({ name, message }: Error): void =>
    log.warn({ warning: name, detail: message }, 'process.warning');
  process.removeAllListeners('warning');
  process.on('warning', write);
  return () => {
    process.off('warning', write);
    for (const print of printers) process.on('warning', print);
  };
}
