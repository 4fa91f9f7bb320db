/** A rule that what was written down contradicts. */
export interface BrokenRule {
  /** Of the rules in ARCHITECTURE.md; R4 stands for ghosts. */
  rule: 'R1' | 'R2' | 'R3' | 'R4' | 'R5';
  /** Who saw what, in one sentence. */
  what: string;
}
