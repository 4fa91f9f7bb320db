/** A rule that the history contradicts. */
export interface BrokenRule {
  /** A rule of ARCHITECTURE.md; R4 stands for ghosts. */
  rule: 'R1' | 'R2' | 'R3' | 'R4' | 'R5';
  /** The observer and the observation, in one sentence. */
  what: string;
}
