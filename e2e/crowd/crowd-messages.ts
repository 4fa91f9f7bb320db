/** What the process of the participants does next; it replies with the same `id`. */
export type CrowdCommand = { id: number } & CrowdWish;

export type CrowdWish =
  /** The pictures of the participants, in turn: encoded frames in Base64, a key frame first. */
  | { recordings: string[][] }
  /** Participants of these names join, one after the other. */
  | { join: string[] }
  /** So many leave, the last one first. */
  | { leave: number }
  /** The participant of this number speaks from now on, and no other one. */
  | { speak: number };

export interface CrowdReply {
  id: number;
  /** Participants in the call. */
  present: number;
  failure?: string;
}
