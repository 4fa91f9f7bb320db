import { PeerConnection } from 'node-datachannel';
import { expect } from 'vitest';

/** A peer of WHIP or WHEP on libdatachannel: an offer with its candidates, no trickle. */
export abstract class HttpPeer {
  readonly connection: PeerConnection;
  state = '';

  protected constructor(name: string) {
    this.connection = new PeerConnection(name, { iceServers: [], disableAutoNegotiation: true });
    this.connection.onStateChange((state) => {
      this.state = state;
    });
  }

  async offer(): Promise<string> {
    const gathered = new Promise<void>((resolve) => {
      this.connection.onGatheringStateChange((state) => state === 'complete' && resolve());
    });
    this.connection.setLocalDescription('offer');
    await gathered;
    return this.connection.localDescription()!.sdp;
  }

  async accept(answer: string): Promise<void> {
    this.connection.setRemoteDescription(answer, 'answer' as never);
    await expect.poll(() => this.state).toBe('connected');
  }

  close(): void {
    this.connection.close();
  }
}
