import { t } from '@lingui/core/macro';
import type { Call } from '@waterbus/client';
import { MicOff } from 'lucide-react';
import { messageOf } from '../../messages.js';
import { toast } from '../../parts/toasts.js';

/** Mutes all others that send sound; they may unmute themselves. */
export function MuteAll({ call }: { call: Call }) {
  const sending = call.participants.filter((one) => one.publication('microphone')?.muted === false);
  if (sending.length === 0) return null;
  const muteAll = async () => {
    const results = await Promise.allSettled(sending.map(({ id }) => call.moderation.mute(id)));
    const failed = results.find((result) => result.status === 'rejected');
    toast(failed ? t`Not everyone could be muted. ${{ reason: messageOf(failed.reason) }}` : t`Everyone else is muted`);
  };
  return (
    <button type="button" className="small-button" onClick={() => void muteAll()}>
      <MicOff size={16} />
      {t`Mute all`}
    </button>
  );
}
