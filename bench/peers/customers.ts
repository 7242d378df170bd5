/** The input of CreatePartnerEventSource for the n-th customer. */
export function sourceOf(n: number): { Name: string; Account: string } {
  return { Name: `aws.partner/acme.example/bench/c-${n}/orders`, Account: String(n).padStart(12, '0') };
}
