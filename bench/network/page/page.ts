import { type Call, join, type MediaPath, type RemoteParticipant, type RemotePublication } from '@waterbus/client';
import type { VideoCodecSetting } from '@waterbus/protocol';
import { mark, now, takeMarks } from './join-marks.js';
import { firstPicture, type Pictures, watchPictures } from './pictures.js';
import { redirectMedia } from './redirect-media.js';
import { type Sample, sample } from './samples.js';
import { silencesSince, watchSounds } from './sounds.js';

// The functions of the benchmark's page: a call through the SDK's public interface, without an
// application.

export interface Camera {
  width: number;
  height: number;
  frameRate: number;
}

export interface Entering {
  code: string;
  name: string;
  hostToken?: string;
  /** Without a camera, no video is published. */
  camera?: Camera;
  sound?: boolean;
  /** Whether to receive the others (default true). */
  subscribe?: boolean;
  /** Pixels of each tile; default 1280 by 720. */
  tile?: { width: number; height: number };
}

/** The pictures and samples of a page so far. */
export interface Seen {
  /** By name of the participant. */
  pictures: Record<string, Pictures>;
  samples: Sample[];
}

const tracks = new Map<string, MediaStreamTrack>();
const calls = new Map<string, Call>();
const pictures: Seen['pictures'] = {};
const samples: Sample[] = [];

const bench = {
  begin(mediaPort?: number): void {
    if (mediaPort !== undefined) redirectMedia(mediaPort);
  },

  async createMeeting(videoCodec: VideoCodecSetting): Promise<{ code: string; hostToken: string }> {
    // The SDK creates meetings with the default settings.
    const answer = await fetch('/v1/meetings', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'Bench', settings: { videoCodec } }),
    });
    const { meeting, hostToken } = await answer.json();
    if (!hostToken) throw new Error('the server gave no host token');
    return { code: meeting.code, hostToken };
  },

  /** Opens the devices, as a lobby does before the click. */
  async openDevices({ name, camera, sound }: Entering): Promise<void> {
    if (!camera && !sound) return;
    const stream = await navigator.mediaDevices.getUserMedia({
      ...(camera && {
        video: {
          width: { exact: camera.width },
          height: { exact: camera.height },
          frameRate: { exact: camera.frameRate },
        },
      }),
      // Without this processing, a steady tone does not count as noise.
      ...(sound && { audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } }),
    });
    for (const track of stream.getTracks()) tracks.set(`${name} ${track.kind}`, track);
  },

  /** Returns the time of the click. */
  async enter({
    code,
    name,
    hostToken,
    tile,
    subscribe,
  }: Entering): Promise<{ clicked: number; participantId: string }> {
    takeMarks();
    const clicked = now();
    const microphone = tracks.get(`${name} audio`);
    const camera = tracks.get(`${name} video`);
    const call = await join({
      code,
      name,
      hostToken,
      autoSubscribe: subscribe,
      tracks: [
        ...(microphone ? [{ track: microphone, source: 'microphone' as const }] : []),
        ...(camera ? [{ track: camera, source: 'camera' as const }] : []),
      ],
    });
    mark('joined');
    calls.set(name, call);
    const show = (_: MediaStreamTrack, publication: RemotePublication, participant: RemoteParticipant) =>
      showTrack(publication, participant, tile);
    call.on('track.subscribed', show);
    call.on('participant.left', ({ id }) => {
      for (const element of document.querySelectorAll(`[data-of="${id}"]`)) element.remove();
    });
    for (const participant of call.participants) {
      for (const publication of participant.publications)
        if (publication.track) showTrack(publication, participant, tile);
    }
    return { clicked, participantId: call.local.id };
  },

  /** The time of a person's first picture; Infinity without one within `limit` milliseconds. */
  firstPicture: (name: string, limit: number): Promise<number> => firstPicture(() => pictures[name], limit),

  marks: takeMarks,

  watchSounds,

  silencesSince,

  sampleEvery(name: string, milliseconds: number): void {
    const call = calls.get(name)!;
    setInterval(async () => {
      if (call.connection !== 'closed') samples.push(await sample(call));
    }, milliseconds);
  },

  /** Height of the largest picture in the sent streams now. */
  async sentHeight(name: string): Promise<number> {
    const { sent } = await sample(calls.get(name)!);
    const heights = Object.values(sent).map(({ frameHeight, framesPerSecond }) => (framesPerSecond ? frameHeight : 0));
    return Math.max(0, ...heights.map(Number));
  },

  path: (name: string): MediaPath | undefined => calls.get(name)!.path,

  seen: (): Seen => ({ pictures, samples }),

  async pauseCamera(name: string, paused: boolean): Promise<void> {
    const publication = calls.get(name)!.local.publication('camera');
    await (paused ? publication?.mute() : publication?.unmute());
  },

  /** Forgets a person, so that the next picture after a new join counts as the first. */
  async forget(name: string): Promise<void> {
    delete pictures[name];
  },

  async leave(name: string): Promise<void> {
    await calls.get(name)?.leave();
    calls.delete(name);
  },
};

/** Shows a track. A new video track of the same participant takes the element of the old one. */
function showTrack(
  publication: RemotePublication,
  participant: RemoteParticipant,
  { width, height } = { width: 1280, height: 720 },
): void {
  const { track, source, kind } = publication;
  if (!track) return;
  if (kind === 'audio') {
    const audio = document.createElement('audio');
    audio.autoplay = true;
    audio.srcObject = new MediaStream([track]);
    document.body.append(audio);
    return;
  }
  const name = source === 'camera' ? participant.name : `${participant.name} ${source}`;
  const element = document.querySelector<HTMLVideoElement>(`[data-of="${participant.id}"][data-source="${source}"]`);
  const video = element ?? document.createElement('video');
  video.srcObject = new MediaStream([track]);
  if (element) return;
  Object.assign(video, { autoplay: true, muted: true, playsInline: true, width, height });
  // As large as a tile, for the choice of pictures by size, but painted small, which saves
  // processor time for the call.
  const left = `${document.querySelectorAll('video').length * 256}px`;
  Object.assign(video.style, { transform: 'scale(0.2)', transformOrigin: '0 0', position: 'absolute', left, top: '0' });
  Object.assign(video.dataset, { of: participant.id, source });
  document.body.append(video);
  publication.observe(video);
  pictures[name] ??= { at: [], height: [] };
  watchPictures(video, pictures[name], name);
}

export type Bench = typeof bench;

Object.assign(window, { bench });
