import { t } from '@lingui/core/macro';
import { Link, QrCode as QrIcon, Share2 } from 'lucide-react';
import { useId, useState } from 'react';
import { canShareLink, shareMeetingLink } from '../../meeting/copy-link.js';
import { meetingLink } from '../../meeting/meeting-link.js';
import { messageOf } from '../../messages.js';
import { loadOnce } from '../../parts/load-code.js';
import type { QrCode as Code } from '../../parts/qr-code.js';
import { toast } from '../../parts/toasts.js';

/** The meeting's link: to copy, and as a QR code for people in the same room. */
export function Invitation({ code, title }: { code: string; title: string }) {
  const shares = canShareLink();
  const [QrCode, setQrCode] = useState<typeof Code>();
  const shown = QrCode !== undefined;
  const show = async () => {
    try {
      const { QrCode: loaded } = await loadQrCode();
      setQrCode(() => loaded);
    } catch (error) {
      toast(messageOf(error));
    }
  };
  const id = useId();
  return (
    <div className="panel-foot invitation">
      {QrCode && (
        <div id={id} className="invitation-code">
          <QrCode text={meetingLink(window.location.origin, code)} label={t`QR code of the invitation link`} />
          <p className="field-hint">{t`Scan it with a phone to join.`}</p>
        </div>
      )}
      <button type="button" className="button" onClick={() => void shareMeetingLink(code, title)}>
        {shares ? <Share2 size={18} /> : <Link size={18} />}
        {shares ? t`Share invitation link` : t`Copy invitation link`}
      </button>
      <button
        type="button"
        className="button quiet"
        aria-expanded={shown}
        aria-controls={shown ? id : undefined}
        onClick={() => (shown ? setQrCode(undefined) : void show())}
      >
        <QrIcon size={18} />
        {shown ? t`Hide QR code` : t`Show QR code`}
      </button>
    </div>
  );
}

/** Few calls show the code. */
const loadQrCode = loadOnce(() => import('../../parts/qr-code.js'));
