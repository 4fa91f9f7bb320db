import { useEffect, useRef } from 'react';
import { useSuccession } from './use-succession.js';
import { useTrack } from './use-track.js';

interface Look {
  mirrored?: boolean;
  className?: string;
}

/**
 * Shows a video track, or nothing yet. It never plays sound. A new track covers the former one: an
 * element without a picture is transparent, so the old one is visible until the new one covers it.
 */
export function Video({ track, ...look }: Look & { track: MediaStreamTrack | undefined }) {
  const { tracks, onPlaying } = useSuccession(track);
  return tracks.map((one) => <Picture key={one.id} track={one} onPlaying={onPlaying} {...look} />);
}

function Picture(props: Look & { track: MediaStreamTrack; onPlaying: (track: MediaStreamTrack) => void }) {
  const { track, onPlaying, mirrored, className } = props;
  const video = useRef<HTMLVideoElement>(null);
  useTrack(video, track);
  useEffect(() => {
    const { current } = video;
    // Rejects when the element is removed first; muted pictures may always play.
    current?.play().catch(() => {});
    return current ? onFirstPicture(current, () => onPlaying(track)) : undefined;
  }, [track, onPlaying]);
  return (
    <video
      ref={video}
      className={className}
      data-mirrored={mirrored && !facesAway(track) ? '' : undefined}
      autoPlay
      playsInline
      muted
    />
  );
}

/**
 * Calls back once a picture is on the screen, where the browser reports that; else once there is
 * one.
 */
function onFirstPicture(video: HTMLVideoElement, shown: () => void): () => void {
  if (!('requestVideoFrameCallback' in video)) {
    (video as HTMLVideoElement).addEventListener('loadeddata', shown);
    return () => (video as HTMLVideoElement).removeEventListener('loadeddata', shown);
  }
  const handle = video.requestVideoFrameCallback(shown);
  return () => video.cancelVideoFrameCallback(handle);
}

/** A phone's back camera shows the surroundings, in which writing must be readable. */
function facesAway(track: MediaStreamTrack): boolean {
  return track.getSettings().facingMode === 'environment';
}
