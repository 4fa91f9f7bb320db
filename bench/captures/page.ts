import { Device, type types } from 'mediasoup-client';
import { sendingParameters } from '@waterbus/client/testing/encodings';
import type { Publishing, Transported } from './record.js';

/** Publishes a picture as the SDK does, or with the given encodings; called by the recorder. */
async function publish(publishing: Publishing, { routerRtpCapabilities, transport }: Transported): Promise<void> {
  const { source, codec, width, height, frameRate, share } = publishing;
  const device = new Device();
  await device.load({ routerRtpCapabilities: routerRtpCapabilities as types.RtpCapabilities });
  const sending = device.createSendTransport(transport as types.TransportOptions);
  sending.on('connect', ({ dtlsParameters }, done, failed) => {
    ask('connect', { ...dtlsParameters, role: dtlsParameters.role ?? 'auto' }).then(() => done(), failed);
  });
  sending.on('produce', ({ rtpParameters }, done, failed) => {
    ask('produce', rtpParameters).then(() => done({ id: 'picture' }), failed);
  });
  const parameters = sendingParameters(source, { width, height }, codec);
  const encodings = (publishing.encodings ?? parameters.encodings!).map((encoding) => ({
    ...encoding,
    maxBitrate: Math.round(encoding.maxBitrate * share),
  }));
  const mimeType = `video/${codec}`;
  const negotiated = device.sendRtpCapabilities.codecs!.find((one) => one.mimeType.toLowerCase() === mimeType);
  if (!negotiated) throw new Error(`${navigator.userAgent} does not send ${codec}`);
  const track = drawing(width, height, frameRate, source === 'screen');
  const { codecOptions } = parameters;
  await sending.produce({ track, encodings, codec: negotiated, ...(codecOptions && { codecOptions }) });
}

/**
 * A moving picture, so that each layer has frames; a part of it stands still, so that they are
 * small.
 */
function drawing(width: number, height: number, frameRate: number, isScreen: boolean): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  document.body.append(canvas);
  const context = canvas.getContext('2d')!;
  let picture = 0;
  setInterval(() => {
    context.fillStyle = isScreen ? 'white' : 'steelblue';
    context.fillRect(0, 0, width, height);
    context.fillStyle = 'black';
    context.font = '20px monospace';
    for (let line = 1; line < 12; line++) {
      const text = isScreen ? `${line + (picture >> 3)} a page of text that scrolls` : `${line}`;
      context.fillText(text, 20, line * 30);
    }
    context.fillStyle = 'tomato';
    context.fillRect((picture * 7) % width, (picture * 3) % height, width / 8, height / 8);
    picture += 1;
  }, 1000 / frameRate);
  const [track] = canvas.captureStream(frameRate).getVideoTracks();
  if (isScreen) track!.contentHint = 'detail';
  return track!;
}

async function ask(what: string, words: unknown): Promise<void> {
  const answer = await fetch(`/${what}`, { method: 'POST', body: JSON.stringify(words) });
  if (!answer.ok) throw new Error(`${what}: ${await answer.text()}`);
}

Object.assign(window, { publish });
