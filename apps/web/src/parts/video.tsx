import { useEffect, useRef } from 'react';
import { useTrack } from './use-track.js';

/** Shows a video track, or nothing yet. Sound never comes from here. */
export function Video({
  track,
  hidden,
  mirrored,
  className,
}: {
  track: MediaStreamTrack | undefined;
  hidden?: boolean;
  mirrored?: boolean;
  className?: string;
}) {
  const video = useRef<HTMLVideoElement>(null);
  useTrack(video, track);
  useEffect(() => {
    // Rejects when the element goes away first; muted pictures may always play.
    if (track) video.current?.play().catch(() => {});
  }, [track]);
  return (
    <video
      ref={video}
      className={className}
      data-mirrored={mirrored && !facesAway(track) ? '' : undefined}
      hidden={hidden}
      autoPlay
      playsInline
      muted
    />
  );
}

/** A phone's back camera shows the world, in which writing must be readable. */
function facesAway(track: MediaStreamTrack | undefined): boolean {
  return track?.getSettings().facingMode === 'environment';
}
