import { t } from '@lingui/core/macro';
import type { Call } from '@waterbus/client';
import { Spotlight } from 'lucide-react';
import { messageOf } from '../../messages.js';
import { toast } from '../../parts/toasts.js';

/** Moderators make themselves large for the others, or end that. */
export function OwnSpotlight({ call }: { call: Call }) {
  const isOn = call.spotlight === call.local.id;
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={t`Spotlight me for everyone`}
      aria-pressed={isOn}
      title={isOn ? t`End spotlight` : t`Spotlight me for everyone`}
      onClick={() => {
        call.moderation.spotlight(isOn ? null : call.local.id).catch((error) => toast(messageOf(error)));
      }}
    >
      <Spotlight size={20} />
    </button>
  );
}
