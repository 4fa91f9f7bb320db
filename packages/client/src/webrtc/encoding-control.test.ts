import { describe, expect, it } from 'vitest';
import { EncodingControl, type EncodingSender } from './encoding-control.js';
import { cameraEncodings, fitting, layeredEncodings } from './encodings.js';

/**
 * A sender that takes a while for each change and refuses a second one meanwhile, as browsers do.
 */
class FakeSender implements EncodingSender {
  encodings: RTCRtpEncodingParameters[];
  changes = 0;
  refuses = false;
  #busy = false;

  constructor(encodings: RTCRtpEncodingParameters[]) {
    this.encodings = encodings;
  }

  getParameters(): RTCRtpSendParameters {
    return { encodings: this.encodings.map((encoding) => ({ ...encoding })) } as RTCRtpSendParameters;
  }

  async setParameters({ encodings }: RTCRtpSendParameters): Promise<void> {
    if (this.#busy || this.refuses) throw new DOMException('not now', 'InvalidStateError');
    this.#busy = true;
    await Promise.resolve();
    this.#busy = false;
    this.changes += 1;
    this.encodings = encodings;
  }

  get active(): boolean[] {
    return this.encodings.map(({ active }) => active ?? true);
  }
}

const HD = { width: 1280, height: 720 };

function camera(size = HD, count = 3) {
  const sender = new FakeSender(cameraEncodings(size, count));
  return { sender, control: new EncodingControl(sender, size, fitting('camera', 'vp8', count)) };
}

describe('the encodings of a sender', () => {
  it('are those that a receiver takes', async () => {
    const { sender, control } = camera();
    control.want(0);
    await control.settled();
    expect(sender.active).toEqual([true, false, false]);
    control.want(-1);
    await control.settled();
    expect(sender.active).toEqual([false, false, false]);
    control.want(2);
    await control.settled();
    expect(sender.active).toEqual([true, true, true]);
  });

  it('match the last request, however fast the requests change', async () => {
    const { sender, control } = camera();
    for (const spatial of [0, 2, -1, 1]) control.want(spatial);
    await control.settled();
    expect(sender.active).toEqual([true, true, false]);
    expect(sender.changes).toBeLessThan(4);
  });

  it('are not touched when nothing changes', async () => {
    const { sender, control } = camera();
    control.want(2);
    control.captured({ ...HD });
    await control.settled();
    expect(sender.changes).toBe(0);
  });

  it('fit a camera that replaces another, and only the requested layers of it', async () => {
    const { sender, control } = camera();
    control.captured({ width: 640, height: 360 });
    await control.settled();
    expect(sender.encodings.map(({ active, scaleResolutionDownBy }) => active && scaleResolutionDownBy)).toEqual([
      2,
      1,
      false,
    ]);
    control.want(0);
    control.captured(HD);
    await control.settled();
    expect(sender.active).toEqual([true, false, false]);
    expect(sender.encodings[0]!.scaleResolutionDownBy).toBe(4);
  });

  it('of a stream with layers inside are switched on and off as a whole, and follow the size of the camera', async () => {
    const sender = new FakeSender(layeredEncodings(HD));
    const control = new EncodingControl(sender, HD, fitting('camera', 'vp9', 1));
    expect(sender.encodings).toEqual([{ active: true, scalabilityMode: 'L3T3_KEY', maxBitrate: 2_350_000 }]);
    control.want(0);
    await control.settled();
    expect(sender.changes).toBe(0);
    control.want(-1);
    await control.settled();
    expect(sender.active).toEqual([false]);
    control.want(1);
    control.captured({ width: 640, height: 360 });
    await control.settled();
    expect(sender.encodings).toEqual([{ active: true, scalabilityMode: 'L3T3_KEY', maxBitrate: 650_000 }]);
  });

  it('of a screen are switched on and off, and no other property of them changes', async () => {
    const encoding = { maxBitrate: 2_500_000, scalabilityMode: 'L1T3' } as RTCRtpEncodingParameters;
    const sender = new FakeSender([encoding]);
    const control = new EncodingControl(sender, HD, fitting('screen', 'vp9', 1));
    control.want(-1);
    control.captured({ width: 640, height: 480 });
    await control.settled();
    expect(sender.encodings).toEqual([{ ...encoding, active: false }]);
  });

  it('stay as they are on a sender that has been stopped', async () => {
    const { sender, control } = camera();
    sender.refuses = true;
    control.want(0);
    await control.settled();
    expect(sender.active).toEqual([true, true, true]);
    sender.refuses = false;
    control.want(1);
    await control.settled();
    expect(sender.active).toEqual([true, true, false]);
  });
});
