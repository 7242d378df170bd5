import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** CPU time of a whole process since it began, in milliseconds, to 10 ms; NaN where there is no /proc. */
export async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name may hold spaces; utime and stime are the 12th and 13th field behind its parenthesis, in 1/100 s.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Resident memory in MB; NaN where there is no /proc. */
export async function rssMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1_024;
}

/** The most it was, looked at every 100 ms until the signal aborts. */
export async function peakRssMb(pid: number, signal: AbortSignal): Promise<number> {
  let peak = 0;
  while (!signal.aborted) {
    peak = Math.max(peak, (await rssMb(pid)) || 0);
    await delay(100);
  }
  return peak;
}
