import { t } from '@lingui/core/macro';
import { Volume2 } from 'lucide-react';

/** Browsers play no sound before a click on the page. */
export function EnableSound({ onClick }: { onClick: () => void }) {
  return (
    <button type="button" className="button primary enable-sound" onClick={onClick}>
      <Volume2 size={20} />
      {t`Click to enable sound`}
    </button>
  );
}
