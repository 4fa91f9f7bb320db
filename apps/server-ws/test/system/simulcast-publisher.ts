import wrtc from '@roamhq/wrtc';

/** libwebrtc without signalling: sends a moving picture in two sizes, as Chromium does. */
export class SimulcastPublisher {
  private readonly connection = new wrtc.RTCPeerConnection();
  private readonly playing: NodeJS.Timeout;

  constructor() {
    const source = new wrtc.nonstandard.RTCVideoSource();
    this.connection.addTransceiver(source.createTrack(), {
      direction: 'sendonly',
      sendEncodings: [{ rid: 'h', scaleResolutionDownBy: 2 }, { rid: 'f' }],
    });
    const data = new Uint8Array(WIDTH * HEIGHT * 1.5);
    let frame = 0;
    this.playing = setInterval(() => {
      data.fill(128).fill(frame++ & 0xff, 0, WIDTH * 40);
      source.onFrame({ width: WIDTH, height: HEIGHT, data });
    }, 50);
  }

  async offer(): Promise<string> {
    const { sdp } = await this.connection.createOffer();
    await this.connection.setLocalDescription({ type: 'offer', sdp });
    return sdp!;
  }

  async accept(answer: string): Promise<void> {
    await this.connection.setRemoteDescription({ type: 'answer', sdp: answer });
  }

  close(): void {
    clearInterval(this.playing);
    this.connection.close();
  }
}

/** libwebrtc sends a smaller picture in one size only. */
const WIDTH = 960;
const HEIGHT = 540;
