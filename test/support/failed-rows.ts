/**
 * A statement that makes failed onboardings, as many as wanted within moments. They are what the machine leaves when it
 * gives up at the first round, and the sandbox takes each of their names.
 */
export function failedRows({
  count,
  errorCode,
  region,
}: {
  count: number;
  errorCode: string;
  region: string;
}): string {
  const letters = errorCode
    .replaceAll(/[^a-z]/gi, '')
    .toLowerCase()
    .replaceAll(/[ilou]/g, 'x');
  return `
    insert into onboarding.onboardings (id, region, source_name, account, customer_id, lane, status, error, rounds,
      created_at, updated_at, completed_at)
    select 'onb_01' || rpad('${letters}', 14, '0') || lpad(n::text, 10, '0'), '${region}',
      'aws.partner/acme.example/replays/${letters}-' || n || '/orders', lpad(n::text, 12, '0'), 'c-' || n, 'live',
      'failed', jsonb_build_object('code', '${errorCode}', 'kind', 'quota', 'message', 'Too many.', 'retryable', false,
        'at', '2026-03-01T12:00:00.000Z'), 1, now(), now(), now()
    from generate_series(1, ${count}) n`;
}
