/** What an error means for the person who is to fix it. */
export interface Advice {
  readonly title: string;
  /** Who has to move: the partner who runs this service, AWS, or the customer together with the partner. */
  readonly side: 'ours' | 'aws' | 'customer';
  readonly meaning: string;
  /** In order. */
  readonly todo: readonly string[];
  /** `sensible` as things are; `afterFix`: once the cause is gone; `pointless`: it would end the same way. */
  readonly replay: 'sensible' | 'afterFix' | 'pointless';
  readonly replayNote: string;
  /** The page, as a path in this repository. */
  readonly runbook: `docs/runbooks/${string}.md`;
  /** Text to send to a third party; what stands in <…> is to be filled in. */
  readonly template?: string;
}

/** Its page follows from the topic. */
export type AdviceText = Omit<Advice, 'runbook'>;
