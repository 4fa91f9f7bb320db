/** An independent WebRTC implementation, as far as these tests need one. */
export interface Stack {
  name: string;
  /** A peer that sends sound and a picture. */
  sender(): Promise<Sender>;
  /** A peer that receives what an offer describes. */
  receiver(): Promise<Receiver>;
}

export interface Sender {
  offer(): Promise<string>;
  /** Takes the answer, and sends as soon as it is connected. */
  answer(sdp: string): Promise<void>;
  close(): Promise<void>;
}

export interface Receiver {
  /** Takes an offer and answers it. */
  answer(sdp: string): Promise<string>;
  /** RTP packets that came in, authenticated and decrypted. */
  packets(): Promise<Record<'audio' | 'video', number>>;
  /** Pictures decoded, for stacks that have decoders. */
  frames?(): number;
  close(): Promise<void>;
}
