import type { Destination } from '../../domain/delivery.ts';

/** The receivers that the configuration names; what concerns one that is not set is not written. They are never stored. */
export interface Receivers {
  /** WEBHOOK_URL. */
  readonly webhookUrl?: string | undefined;
  /** ALERT_WEBHOOK_URL. */
  readonly alertUrl?: string | undefined;
}

/** Where a delivery goes; undefined: its receiver is no longer set. */
export function addressOf(
  row: { readonly destination: Destination; readonly callback_url: string | null },
  { webhookUrl, alertUrl }: Receivers,
): string | undefined {
  if (row.callback_url !== null) return row.callback_url;
  return row.destination === 'alert' ? alertUrl : webhookUrl;
}
