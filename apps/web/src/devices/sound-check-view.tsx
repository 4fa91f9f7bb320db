import { t } from '@lingui/core/macro';
import { type OpenedDevices, useMediaDevices } from '@waterbus/react';
import { Circle, Play, Volume2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { chime, playBack, record } from './sound-check.js';

type State = 'idle' | 'playing' | 'recording' | 'replaying' | 'failed';

/** Plays a sound on the speaker, and the user's own voice back. */
export function SoundCheck({ devices }: { devices: OpenedDevices }) {
  const { microphone, speakerId } = useMediaDevices(devices);
  const [state, setState] = useState<State>('idle');
  const attempt = useRef<AbortController>(undefined);
  useEffect(() => () => attempt.current?.abort(), []);
  const run = async (work: (signal: AbortSignal) => Promise<void>) => {
    attempt.current?.abort();
    const abort = new AbortController();
    attempt.current = abort;
    const { signal } = abort;
    try {
      await work(signal);
      if (!signal.aborted) setState('idle');
    } catch {
      if (!signal.aborted) setState('failed');
    }
  };
  const track = microphone.on ? microphone.track : undefined;
  const busy = state === 'playing' || state === 'recording' || state === 'replaying';
  return (
    <div className="sound-check">
      <div className="sound-check-buttons">
        <button
          type="button"
          className="button"
          aria-disabled={busy}
          onClick={() => {
            if (busy) return;
            void run(async (signal) => {
              setState('playing');
              await chime(speakerId, signal);
            });
          }}
        >
          <Volume2 size={18} />
          {t`Test speaker`}
        </button>
        <button
          type="button"
          className="button"
          aria-disabled={busy || !track}
          onClick={() => {
            if (busy || !track) return;
            void run(async (signal) => {
              setState('recording');
              const recorded = await record(track, signal);
              if (signal.aborted) return;
              setState('replaying');
              await playBack(recorded, speakerId, signal);
            });
          }}
        >
          {state === 'replaying' ? <Play size={18} /> : <Circle size={18} />}
          {t`Record and play`}
        </button>
      </div>
      <p className="field-hint" role="status">
        {state === 'idle' ? (track ? texts().idle : t`Unmute your microphone to record your voice.`) : texts()[state]}
      </p>
    </div>
  );
}

const texts = (): Record<State, string> => ({
  idle: t`Records five seconds and plays them to you.`,
  playing: t`You should hear a sound.`,
  recording: t`Speak now. Recording for five seconds…`,
  replaying: t`You should hear your own voice.`,
  failed: t`This did not work. Choose another device.`,
});
