import { t } from '@lingui/core/macro';
import type { Call, Grants, Source } from '@waterbus/client';
import { type OpenedDevices, stopSharing } from '@waterbus/react';
import { listOf } from '../language/language.js';

/**
 * Applies moderators' decisions about this user, so that buttons, devices and sent media agree, and
 * reports them, until the returned function is called.
 */
export function followModerators(call: Call, devices: OpenedDevices, notify: (text: string) => void): () => void {
  const take = (source: Source) => {
    if (source === 'microphone' || source === 'camera') devices.switchOff(source);
    if (source === 'screen') void stopSharing(call);
  };
  let granted = call.grants.publish;
  const stops = [
    call.on('local.muted', ({ source }) => {
      take(source);
      notify(mutedText()[source]);
    }),
    call.on('grants', ({ publish }: Grants) => {
      const taken = granted.filter((source) => !publish.includes(source));
      const given = publish.filter((source) => !granted.includes(source));
      granted = publish;
      for (const source of taken) take(source);
      const shown = (sources: Source[]) =>
        sources.filter((source) => source !== 'screen-audio').map((source) => grantedText()[source]);
      if (shown(taken).length > 0)
        notify(t`You can no longer use your ${{ devices: listOf(shown(taken), 'disjunction') }}`);
      if (shown(given).length > 0) notify(t`You can now use your ${{ devices: listOf(shown(given)) }}`);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

const mutedText = (): Record<Source, string> => ({
  microphone: t`You were muted by a moderator`,
  camera: t`A moderator stopped your camera`,
  screen: t`A moderator stopped your screen sharing`,
  'screen-audio': t`A moderator muted the sound of your screen`,
});

const grantedText = (): Record<Source, string> => ({
  microphone: t`microphone`,
  camera: t`camera`,
  screen: t`screen sharing`,
  'screen-audio': t`screen sound`,
});
